#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints how many milliseconds PyTorch's own ep.module() takes for a run of NAME.before.pt2 on the
first input of NAME.io.npz, on one thread: the least of many runs.

usage: ep_module.py NAME.before.pt2
"""
import pathlib
import sys
import time

import numpy
import torch
import torch.ao.quantization.fx._decomposed  # registers quantized_decomposed

RUNS = 30


def main():
    torch.set_num_threads(1)
    program = pathlib.Path(sys.argv[1])
    module = torch.export.load(program).module()
    inputs = program.with_name(program.name.replace(".before.pt2", ".io.npz"))
    x = torch.from_numpy(numpy.load(inputs)["x0"])
    taken = []
    with torch.inference_mode():
        for _ in range(RUNS + 2):
            started = time.perf_counter()
            module(x)
            taken.append(time.perf_counter() - started)
    print(f"{1000 * min(taken[2:]):.3f}")


if __name__ == "__main__":
    main()
