#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The loop that a user would write today to fuzz ExecuTorch's Conv-BatchNorm fold: a program, the
pass, both programs on random inputs, compare. On one thread. Prints one JSON object.

`dumped` goes over the programs of `foldproof fuzz --dump FOLDER`: each is loaded, exported anew, as a
drawn module would have to be, folded, run before and after, compared. A case that raises ends there
and counts. Seconds are by stage, so that a rate can be had with and without export or load.
`drawn` is the same loop as a user starts it, with modules that Hypothesis draws.

usage: python_loop.py FOLDER [CASES [DRAWN]]     needs torch, torchao, executorch and hypothesis
"""
import collections
import itertools
import json
import logging
import pathlib
import sys
import time
import typing
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

if not hasattr(typing, "override"):  # CPython 3.11
    import typing_extensions

    typing.override = typing_extensions.override

import hypothesis
import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401  registers quantized_decomposed
from executorch.backends.cadence.aot.quantizer.passes.fuse_ops import FuseQATConvBN
from hypothesis import strategies

RUNS = 4  # random inputs a case
Q = torch.ops.quantized_decomposed
CODES = (-128, 127, torch.int8)


class Stopwatch:
    """By stage, on the wall clock and of the processor, which what else runs does not slow down."""

    def __init__(self):
        self.wall, self.cpu = collections.Counter(), collections.Counter()

    def time(self, stage, body):
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            return body()
        finally:
            self.wall[stage] += time.perf_counter() - wall
            self.cpu[stage] += time.process_time() - cpu


def example_inputs(program):
    nodes = {node.name: node for node in program.graph.nodes}
    values = [nodes[name].meta["val"] for name in program.graph_signature.user_inputs]
    return tuple(torch.randn(value.shape) for value in values)


def run(module, inputs):
    with torch.inference_mode():
        return [torch.utils._pytree.tree_leaves(module(*x)) for x in inputs]


def largest_difference(before, after):
    pairs = ((b, a) for x, y in zip(before, after) for b, a in zip(x, y) if b.numel())
    return max((float((b.double() - a.double()).abs().max()) for b, a in pairs), default=0.0)


def fold_and_compare(program, inputs, watch):
    before = watch.time("run", lambda: run(program.module(), inputs))
    watch.time("pass", lambda: FuseQATConvBN(program)(program.graph_module))
    # The pass leaves the signature's output stale: what is run is the graph as it is now.
    names = [node.name for node in program.graph.output_node().args[0]]
    for spec, name in zip(program.graph_signature.output_specs, names):
        spec.arg.name = name
    after = watch.time("run", lambda: run(program.module(), inputs))
    return watch.time("compare", lambda: largest_difference(before, after))


def over_dumped(files):
    watch, raised, ran = Stopwatch(), collections.Counter(), 0
    for file in files:
        try:
            loaded = watch.time("load", lambda: torch.export.load(file))
            inputs = watch.time("inputs", lambda: [example_inputs(loaded) for _ in range(RUNS)])
            module = watch.time("module", loaded.module)
            program = watch.time("export", lambda: torch.export.export(module, inputs[0]))
            fold_and_compare(program, inputs, watch)
            ran += 1
        except Exception as error:  # a case that raises is one that a user has to look at
            raised[type(error).__name__] += 1
    return {"cases": len(files), "whole": ran, "raised": raised, "wall": watch.wall, "cpu": watch.cpu}


class QuantizedConvBatchNorm(torch.nn.Module):
    """x - q - dq - conv(dq(w), dq(b)) - q - dq - div(s) - add(bias) - batch_norm, as QAT leaves it."""

    def __init__(self, inputs, outputs, kernel, seed):
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        codes = torch.randint(-127, 128, (outputs, inputs, kernel, kernel), generator=random)
        self.register_buffer("w", codes.to(torch.int8))
        self.register_buffer("b", torch.zeros(outputs, dtype=torch.int32))
        self.original_bias = torch.nn.Parameter(torch.randn(outputs, generator=random))
        self.bn = torch.nn.BatchNorm2d(outputs)
        with torch.no_grad():
            self.bn.weight.copy_(torch.rand(outputs, generator=random) + 0.5)
            self.bn.running_var.copy_(torch.rand(outputs, generator=random) + 0.5)
            self.bn.running_mean.copy_(torch.randn(outputs, generator=random))
        self.eval()

    def forward(self, x):
        channels = [1, -1, 1, 1]
        x = Q.dequantize_per_tensor(Q.quantize_per_tensor(x, 0.03, 0, *CODES), 0.03, 0, *CODES)
        w = Q.dequantize_per_tensor(self.w, 0.005, 0, *CODES)
        b = Q.dequantize_per_tensor(self.b, 0.00015, 0, -(2**31), 2**31 - 1, torch.int32)
        y = torch.nn.functional.conv2d(x, w, b)
        y = Q.dequantize_per_tensor(Q.quantize_per_tensor(y, 0.05, 0, *CODES), 0.05, 0, *CODES)
        scale = self.bn.weight / torch.sqrt(self.bn.running_var + self.bn.eps)
        return self.bn(y / scale.reshape(channels) + self.original_bias.reshape(channels)) * 1.0


def over_drawn(cases):
    watch, count = Stopwatch(), itertools.count()

    @hypothesis.settings(max_examples=cases, deadline=None, database=None, derandomize=True,
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(strategies.integers(1, 4), strategies.integers(2, 4), strategies.integers(1, 3),
                      strategies.integers(0, 2**31))
    def loop(inputs, outputs, kernel, seed):
        next(count)
        module = QuantizedConvBatchNorm(inputs, outputs, kernel, seed)
        xs = [(torch.randn(1, inputs, 4, 4),) for _ in range(RUNS)]
        program = torch.export.export(module, xs[0])
        fold_and_compare(program, xs, Stopwatch())

    watch.time("all", loop)
    return {"cases": next(count), "wall": watch.wall, "cpu": watch.cpu}


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.pt2"))
    files = files[: int(sys.argv[2])] if len(sys.argv) > 2 else files
    drawn = int(sys.argv[3]) if len(sys.argv) > 3 else 50
    if not files:
        sys.exit(f"{sys.argv[1]}: no programs; write some with foldproof fuzz --dump")
    over_dumped(files[:1])  # what the first run alone pays: kernels, caches
    print(json.dumps({"dumped": over_dumped(files), "drawn": over_drawn(drawn)}))


if __name__ == "__main__":
    main()
