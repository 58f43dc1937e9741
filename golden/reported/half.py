#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A chain in float16, and what ExecuTorch 1.5.1's FuseQATConvBN makes of it.

usage: golden/reported/half.py DIR      writes DIR/half_f16.before.pt2 and DIR/half_f16.real.pt2
"""
import copy
import pathlib
import sys
import typing

import torch
import typing_extensions

typing.override = typing_extensions.override  # CPython 3.11 has none, and ExecuTorch asks for it

from executorch.backends.cadence.aot.quantizer.passes.fuse_ops import FuseQATConvBN
from torch.ao.quantization.fx._decomposed import quantized_decomposed_lib  # registers the operators

HALF = torch.float16
QD = torch.ops.quantized_decomposed


def step(value, scale):
    codes = QD.quantize_per_tensor(value, scale, 0, -128, 127, torch.int8)
    return QD.dequantize_per_tensor(codes, scale, 0, -128, 127, torch.int8, out_dtype=HALF)


class Chain(torch.nn.Module):
    def __init__(self):
        super().__init__()
        numbers = torch.Generator().manual_seed(7)

        def drawn(*shape):
            return torch.rand(*shape, generator=numbers)

        self.orig = torch.nn.Parameter((drawn(4) * 2 - 1).to(HALF))
        self.w = torch.nn.Parameter((drawn(4) + 0.5).to(HALF))
        self.b = torch.nn.Parameter((drawn(4) * 2 - 1).to(HALF))
        self.register_buffer("wq", torch.randint(-127, 128, (4, 3, 3, 3), generator=numbers, dtype=torch.int8))
        self.register_buffer("bq", torch.randint(-3000, 3000, (4,), generator=numbers, dtype=torch.int32))
        self.register_buffer("mean", (drawn(4) * 2 - 1).to(HALF))
        self.register_buffer("var", (drawn(4) + 0.5).to(HALF))

    def forward(self, x):
        weight = QD.dequantize_per_tensor(self.wq, 0.004, 0, -127, 127, torch.int8, out_dtype=HALF)
        bias = QD.dequantize_per_tensor(self.bq, 0.00012, 0, -2**31, 2**31 - 1, torch.int32, out_dtype=HALF)
        value = step(torch.ops.aten.conv2d(step(x, 0.03), weight, bias, [1, 1], [1, 1]), 0.05)
        scale = self.w / torch.sqrt(self.var + 1e-5)
        value = value / scale.reshape([1, -1, 1, 1]) + self.orig.reshape([1, -1, 1, 1])
        value = torch.ops.aten.batch_norm(value, self.w, self.b, self.mean, self.var, False, 0.1, 1e-5, False)
        return step(value, 0.05)


def save(program, file):
    for node in program.graph.nodes:
        for note in ("stack_trace", "nn_module_stack", "source_fn_stack", "from_node", "torch_fn"):
            node.meta.pop(note, None)
    torch.export.save(program, file)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    before = torch.export.export(Chain().eval(), (torch.rand(1, 3, 6, 6).to(HALF),))
    after = copy.deepcopy(before)
    FuseQATConvBN(after)(after.graph_module)
    save(before, folder / "half_f16.before.pt2")
    save(after, folder / "half_f16.real.pt2")
