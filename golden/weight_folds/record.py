#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records what PyTorch's and ExecuTorch's own folds of a batch_norm make of small float programs, and small
programs with weights of codes that no pass has touched.

usage: record.py [DIR]      DIR: this folder; needs torch 2.13 and executorch 1.5.1

  NAME.before.pt2     the exported program
  NAME.fx.pt2         after torch.fx.experimental.optimization.fuse (fuse_conv_bn_eval, fuse_linear_bn_eval)
  NAME.eval.pt2       after torch.nn.utils.fusion.fuse_conv_bn_eval itself, told that the conv is transposed
  NAME.core.pt2       the program in core ATen operators, those of the edge dialect
  NAME.xnnpack.pt2, NAME.transforms.pt2      the product with the weight and bias that ExecuTorch's two passes make
  NAME.int8.pt2       weights of codes with a batch_norm behind
"""
import copy
import os
import sys

import torch
import typing_extensions
import typing

typing.override = typing_extensions.override

from torch import nn
from torch.fx.experimental.optimization import fuse
from torch.nn.utils.fusion import fuse_conv_bn_eval

import torch.ao.quantization.fx._decomposed  # noqa: F401 (registers quantized_decomposed)

Q = torch.ops.quantized_decomposed


def norm(kind, channels, **options):
    layer = kind(channels, **options)
    with torch.no_grad():
        layer.running_mean.uniform_(-0.5, 0.5)
        layer.running_var.uniform_(0.3, 2.0)
        if layer.affine:
            layer.weight.uniform_(0.3, 1.5)
            layer.bias.uniform_(-0.5, 0.5)
    return layer


class Pair(nn.Module):
    def __init__(self, product, layer):
        super().__init__()
        self.product, self.norm = product, layer

    def forward(self, x):
        return self.norm(self.product(x))


class Reused(nn.Module):
    """The conv's value goes through batch_norm, and, of another input, past it."""

    def __init__(self):
        super().__init__()
        self.product, self.norm = nn.Conv2d(2, 2, 1), norm(nn.BatchNorm2d, 2)

    def forward(self, x):
        return self.norm(self.product(x)), self.product(torch.relu(x))


def signed(layer):
    with torch.no_grad():
        layer.weight[0], layer.weight[1] = -0.75, 0.0
    return layer


class Codes(nn.Module):
    """relu(batch_norm(conv or linear of codes)), quantized."""

    def __init__(self, kind, per_channel, bits=8, float_input=False):
        super().__init__()
        self.kind, self.per_channel, self.float_input = kind, per_channel, float_input
        self.top = 2 ** (bits - 1) - 1
        shape = {"linear": (4, 6), "conv": (4, 3, 3, 3), "transposed": (3, 4, 2, 2)}[kind]
        self.axis = 1 if kind == "transposed" else 0
        weight = torch.randn(shape)
        others = [d for d in range(len(shape)) if d != self.axis]
        if per_channel:
            scales = weight.abs().amax(others) / self.top
            spread = [-1 if d == self.axis else 1 for d in range(len(shape))]
            codes = torch.round(weight / scales.reshape(spread))
            self.register_buffer("scales", scales)
            self.register_buffer("zeros", torch.zeros(4, dtype=torch.int64))
        else:
            self.scale = float(weight.abs().max()) / self.top
            codes = torch.round(weight / self.scale)
        self.register_buffer("codes", codes.clamp(-self.top, self.top).to(torch.int8))
        self.norm = signed(norm(nn.BatchNorm1d if kind == "linear" else nn.BatchNorm2d, 4))
        with torch.no_grad():
            self.norm.weight[1] = 0.5

    def forward(self, x):
        if not self.float_input:
            x = Q.quantize_per_tensor(x, 0.03, 3, -128, 127, torch.int8)
            x = Q.dequantize_per_tensor(x, 0.03, 3, -128, 127, torch.int8)
        low, high = -self.top - (self.top < 127), self.top
        if self.per_channel:
            weight = Q.dequantize_per_channel(self.codes, self.scales, self.zeros, self.axis, low, high, torch.int8)
        else:
            weight = Q.dequantize_per_tensor(self.codes, self.scale, 0, low, high, torch.int8)
        if self.kind == "linear":
            y = nn.functional.linear(x, weight)
        elif self.kind == "transposed":
            y = nn.functional.conv_transpose2d(x, weight)
        else:
            y = nn.functional.conv2d(x, weight)
        y = torch.relu(self.norm(y))
        scale = 0.05 if self.top == 127 else 1.0
        y = Q.quantize_per_tensor(y, scale, -128, -128, 127, torch.int8)
        return Q.dequantize_per_tensor(y, scale, -128, -128, 127, torch.int8)


def transposed_of_the_findings():
    pair = Pair(nn.ConvTranspose2d(2, 2, 2), nn.BatchNorm2d(2))
    with torch.no_grad():
        pair.norm.running_mean.copy_(torch.tensor([0.5, -0.5]))
        pair.norm.running_var.copy_(torch.tensor([4.0, 0.25]))
        pair.norm.weight.copy_(torch.tensor([1.0, 3.0]))
        pair.norm.bias.copy_(torch.tensor([0.1, -0.2]))
    return pair


def floats():
    conv = nn.Conv2d
    yield "conv1d", Pair(nn.Conv1d(3, 4, 3), norm(nn.BatchNorm1d, 4)), (2, 3, 6)
    yield "conv2d_nobias", Pair(conv(3, 4, 3, bias=False), norm(nn.BatchNorm2d, 4)), (1, 3, 5, 5)
    yield "conv2d_groups", Pair(conv(4, 4, 3, groups=2), norm(nn.BatchNorm2d, 4, eps=1e-3)), (1, 4, 5, 5)
    yield "conv2d_signs", Pair(conv(3, 4, 1), signed(norm(nn.BatchNorm2d, 4))), (1, 3, 3, 3)
    yield "conv2d_noaffine", Pair(conv(3, 4, 1), norm(nn.BatchNorm2d, 4, affine=False)), (1, 3, 3, 3)
    yield "conv3d", Pair(nn.Conv3d(2, 3, 2), norm(nn.BatchNorm3d, 3)), (1, 2, 3, 3, 3)
    yield "linear", Pair(nn.Linear(6, 5), norm(nn.BatchNorm1d, 5)), (2, 6)
    yield "reused", Reused(), (1, 2, 3, 3)
    yield "transposed", transposed_of_the_findings(), (1, 2, 3, 3)
    yield "transposed_groups", Pair(nn.ConvTranspose2d(4, 6, 2, groups=2), norm(nn.BatchNorm2d, 6)), (1, 4, 3, 3)


def edge_passes(program, product, example, folder, name):
    """What the passes write is told as `product` with their weight and bias: the programs that they leave
    before the next step of ExecuTorch cannot be saved."""
    from executorch.backends.transforms.fuse_batch_norm_with_conv import FuseBatchNormWithConvPass
    from executorch.backends.xnnpack._passes.fuse_batch_norm import FuseBatchNormPass
    from executorch.exir import to_edge, EdgeCompileConfig

    table = torch.export.default_decompositions()
    table.pop(torch.ops.aten.linear.default)
    torch.export.save(program.run_decompositions(table), f"{folder}/{name}.core.pt2")
    options = EdgeCompileConfig(_check_ir_validity=False, preserve_ops=[torch.ops.aten.linear.default])
    for label, kind in (("xnnpack", FuseBatchNormPass), ("transforms", FuseBatchNormWithConvPass)):
        edge = to_edge(program, compile_config=options).exported_program()
        try:
            module = kind(edge)(edge.graph_module).graph_module
        except RuntimeError as error:
            print(f"{name} {label}: {str(error).splitlines()[0]}")
            continue
        made = {**edge.state_dict, **dict(module.named_parameters())}
        if label == "transforms":  # its two parameters, named anew by the retracing
            added = [v for k, v in module.named_parameters() if k not in edge.state_dict]
            made = {} if len(added) != 2 else {"_fused_with_bn_weight": max(added, key=torch.Tensor.dim),
                                               "_fused_with_bn_bias": min(added, key=torch.Tensor.dim)}
        weights = [v for k, v in made.items() if k.endswith("weight_fused_bn") or k.startswith("_fused_with_bn_weight")]
        biases = [v for k, v in made.items() if k.endswith("bias_fused_bn") or k.startswith("_fused_with_bn_bias")]
        if not weights:
            print(f"{name} {label}: nothing is fused")
            continue
        fused = copy.deepcopy(product)
        fused.weight, fused.bias = nn.Parameter(weights[0].detach()), nn.Parameter(biases[0].detach())
        torch.export.save(torch.export.export(fused, example), f"{folder}/{name}.{label}.pt2")


def main(folder):
    torch.manual_seed(1)
    for name, model, shape in floats():
        model.eval()
        example = (torch.randn(shape),)
        program = torch.export.export(model, example)
        torch.export.save(program, f"{folder}/{name}.before.pt2")
        if name.startswith("transposed"):
            if name == "transposed":
                fused = fuse_conv_bn_eval(model.product, model.norm, transpose=True)
                torch.export.save(torch.export.export(fused, example), f"{folder}/{name}.eval.pt2")
        else:
            torch.export.save(torch.export.export(fuse(model), example), f"{folder}/{name}.fx.pt2")
        if name in ("transposed", "transposed_groups", "conv2d_groups", "linear"):
            edge_passes(program, model.product, example, folder, name)
    for name, model, shape in (("conv_channel", Codes("conv", True), (1, 3, 5, 5)),
                               ("conv_tensor", Codes("conv", False), (1, 3, 5, 5)),
                               ("conv_four_bits", Codes("conv", True, bits=4), (1, 3, 5, 5)),
                               ("conv_weights_only", Codes("conv", True, float_input=True), (1, 3, 5, 5)),
                               ("transposed_channel", Codes("transposed", True), (1, 3, 3, 3)),
                               ("linear_channel", Codes("linear", True), (2, 6)),
                               ("linear_tensor", Codes("linear", False), (2, 6))):
        program = torch.export.export(model.eval(), (torch.randn(shape),))
        torch.export.save(program, f"{folder}/{name}.int8.pt2")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
