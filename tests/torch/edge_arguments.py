#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The names of positional arguments in src/pt2/edge_arguments.cc, against the schemas of PyTorch's operators.

usage: tests/torch/edge_arguments.py [--print]     # --print: the table of every operator that it should have

The table has PyTorch's core operators, those of ExecuTorch's edge dialect (where executorch is there), and whatever it has
of others; each row must be its operator's schema. The closing line is 'N passed, M failed'.
"""
import collections
import importlib.util
import pathlib
import re
import sys
import textwrap

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "src" / "pt2" / "edge_arguments.cc"


def operator_named(target):
    """None where this PyTorch has none of that name."""
    namespace, name, overload = target.split(".")
    try:
        return getattr(getattr(getattr(torch.ops, namespace), name), overload)
    except AttributeError:
        return None


def positional(operator):
    return " ".join(one.name for one in operator._schema.arguments if not one.kwarg_only)


def wanted():
    """Names of the operators that the table must have."""
    names = set()
    for name in torch._C._dispatch_get_all_op_names():
        if name.startswith("aten::"):
            target = f"aten.{name[6:]}" + ("" if "." in name else ".default")
            operator = operator_named(target)
            if operator is not None and torch.Tag.core in operator.tags:
                names.add(target)
    package = importlib.util.find_spec("executorch")
    if package is not None:
        edge = pathlib.Path(package.submodule_search_locations[0]) / "exir" / "dialects" / "edge" / "edge.yaml"
        for name in re.findall(r"^\s*-\s*func: aten::([\w.]+)", edge.read_text(), re.M):
            names.add(f"aten.{name}" + ("" if "." in name else ".default"))
    # The reader takes an in-place operator that has no row for one with the arguments of the other.
    for target, row in written().items():
        namespace, name, overload = target.split(".")
        in_place = f"{namespace}.{name}_.{overload}"
        if operator_named(in_place) is not None and positional(operator_named(in_place)) != row:
            names.add(in_place)
    return {name for name in names if operator_named(name) is not None}


def written():
    """{target: names of its positional arguments} of the table."""
    rows = {}
    for text in re.findall(r'R"\((.*?)\)"', TABLE.read_text(), re.S):
        names, begun = None, []
        for line in text.strip().splitlines():
            if line.startswith("  "):
                rows.update({target if target.count(".") == 2 else f"aten.{target}": names for target in line.split()})
            elif line.endswith(":"):
                names, begun = " ".join([*begun, line[:-1]]), []
            else:
                begun.append(line)
    return rows


def main():
    rows = written() if TABLE.is_file() else {}
    if sys.argv[1:] == ["--print"]:
        groups = collections.defaultdict(list)
        for target in sorted(wanted() | set(rows)):
            groups[positional(operator_named(target))].append(target.removeprefix("aten."))
        for names, targets in sorted(groups.items()):
            print("\n".join(textwrap.wrap(f"{names}:", 98)))
            line = " "
            for target in targets:
                if len(line) + len(target) > 98:
                    print(line)
                    line = " "
                line += f" {target}"
            print(line)
        return 0
    wrong = [f"{target} is missing" for target in sorted(wanted() - set(rows))]
    wrong += [f"{target}: '{names}', but its schema has '{positional(operator_named(target))}'"
              for target, names in rows.items()
              if operator_named(target) is not None and names != positional(operator_named(target))]
    print("\n".join(f"tests/torch/edge_arguments.py: {what}" for what in wrong))
    print(f"{len(rows) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
