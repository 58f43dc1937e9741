#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether the orders of arguments in src/pt2/argument_order.cc are those of PyTorch's schemas.

usage: tests/torch/argument_order.py

The closing line is 'N passed, M failed'.
"""
import pathlib
import re
import sys

import torch
from torch.ao.quantization.fx import _decomposed  # noqa: F401, which registers the quantizers

SOURCE = pathlib.Path(__file__).parents[2] / "src/pt2/argument_order.cc"


def order_of(target):
    namespace, name, overload = target.split(".")
    packet = getattr(getattr(torch.ops, namespace), name)
    words = []
    for argument in getattr(packet, overload)._schema.arguments:
        if argument.kwarg_only and "*" not in words:
            words.append("*")
        words.append(argument.name)
    return " ".join(words)


def main():
    text = SOURCE.read_text()
    table = text[text.index("kSchemas[]") : text.index("ArgumentsOf")]
    rows = re.findall(r'\{"([^"]+)",((?:\s*"[^"]+")+)\}', table)
    failed = 0
    for target, strings in rows:
        written = "".join(re.findall(r'"([^"]+)"', strings))
        if written != order_of(target):
            failed += 1
            print(f"{target}: written {written!r}, PyTorch has {order_of(target)!r}")
    targets = [target for target, _ in rows]
    if targets != sorted(targets):
        failed += 1
        print("the rows are not in the order of their targets")
    print(f"{len(rows) - failed} passed, {failed} failed")
    return failed != 0 or len(rows) < 100


if __name__ == "__main__":
    sys.exit(main())
