#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records what real fusions make of nets that they fold wrongly, as pairs of programs, and how far apart the two can be.

usage: record.py [DIR]      DIR: this folder; needs torch 2.13 and executorch 1.5.1

  NAME.before.pt2, NAME.after.pt2                 float: each input lies in [-1, 1]
  NAME.codes.before.pt2, NAME.codes.after.pt2     the input is quantized first, and each output last
  wrong_folds.json    `float`: the largest difference of the float pair, worked out in float64 at the corners of the box;
                      `codes_lsb`: that of the other pair over every code of two inputs, or 41 codes of three, as PyTorch
                      computes it, in steps of the output's quantizer
"""
import copy
import json
import os
import sys
import typing

import torch
import typing_extensions

typing.override = typing_extensions.override

import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators
from torch import nn
from torch.ao.quantization import fuse_modules
from torch.fx.experimental.optimization import fuse
from torch.nn.utils.fusion import fuse_conv_bn_weights

IN = (2 / 255, 128, 0, 255, torch.uint8)  # -1.004 to 0.996
OUT = (0.05, 0, -128, 127, torch.int8)


def through_codes(x, params):
    decomposed = torch.ops.quantized_decomposed
    return decomposed.dequantize_per_tensor.default(decomposed.quantize_per_tensor.default(x, *params), *params)


class WithCodes(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, *inputs):
        given = self.net(*[through_codes(x, IN) for x in inputs])
        return tuple(through_codes(y, OUT) for y in given)


def norm(kind, channels, eps=1e-5, low=0.3, high=2.0):
    layer = kind(channels, eps=eps)
    with torch.no_grad():
        layer.running_mean.uniform_(-0.5, 0.5)
        layer.running_var.uniform_(low, high)
        layer.weight.uniform_(0.3, 1.5)
        layer.bias.uniform_(-0.5, 0.5)
    return layer


class Reused(nn.Module):
    """The conv's value goes through batch_norm, and that of another input past it."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 2, 1), norm(nn.BatchNorm2d, 2)

    def forward(self, x, z):
        return self.norm(self.conv(x)), self.conv(z)


class OtherReader(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 2, 1), norm(nn.BatchNorm2d, 2)

    def forward(self, x):
        y = self.conv(x)
        return self.norm(y), y


class OneNorm(nn.Module):
    """One batch_norm behind two convs."""

    def __init__(self):
        super().__init__()
        self.conv, self.other, self.norm = nn.Conv2d(2, 2, 1), nn.Conv2d(2, 2, 1), norm(nn.BatchNorm2d, 2)

    def forward(self, x):
        return self.norm(self.conv(x)), self.norm(self.other(x))


class Pair(nn.Module):
    def __init__(self, product, layer):
        super().__init__()
        self.product, self.norm = product, layer

    def forward(self, x):
        return (self.norm(self.product(x)),)


def by_fx(net):
    return fuse(net)


def by_fuse_modules(net):
    return fuse_modules(net, [["conv", "norm"]])


def put(pair, weights):
    """The pair with these weight and bias, and no batch_norm."""
    out = copy.deepcopy(pair)
    out.product.weight, out.product.bias = (nn.Parameter(w.detach()) for w in weights)
    out.norm = nn.Identity()
    return out


def with_usual_eps(pair):
    n, c = pair.norm, pair.product
    return put(pair, fuse_conv_bn_weights(c.weight, c.bias, n.running_mean, n.running_var, 1e-5, n.weight, n.bias))


def over_the_inputs(pair):
    n, c = pair.norm, pair.product
    return put(pair, fuse_conv_bn_weights(c.weight, c.bias, n.running_mean, n.running_var, n.eps, n.weight, n.bias,
                                          transpose=True))


def by_the_edge_pass(pair):
    """FuseBatchNormWithConvPass; its program is told as the product with the weight and the bias that it makes."""
    from executorch.backends.transforms.fuse_batch_norm_with_conv import FuseBatchNormWithConvPass
    from executorch.exir import EdgeCompileConfig, to_edge

    program = torch.export.export(pair, (torch.randn(1, 2, 3, 3),))
    edge = to_edge(program, compile_config=EdgeCompileConfig(_check_ir_validity=False)).exported_program()
    module = FuseBatchNormWithConvPass(edge)(edge.graph_module).graph_module
    made = [v for k, v in module.named_parameters() if k not in edge.state_dict]
    assert len(made) == 2
    return put(pair, (max(made, key=torch.Tensor.dim), min(made, key=torch.Tensor.dim)))


def transposed_of_the_findings():
    pair = Pair(nn.ConvTranspose2d(2, 2, 2, 2), nn.BatchNorm2d(2))
    with torch.no_grad():
        pair.norm.running_mean.copy_(torch.tensor([0.5, -0.5]))
        pair.norm.running_var.copy_(torch.tensor([4.0, 0.25]))
        pair.norm.weight.copy_(torch.tensor([1.0, 3.0]))
        pair.norm.bias.copy_(torch.tensor([0.1, -0.2]))
    return pair


IMAGE = (1, 2, 3, 3)
CASES = {
    "conv_reused": (Reused, by_fx, [IMAGE, IMAGE]),
    "eps": (lambda: Pair(nn.Conv2d(2, 2, 1), norm(nn.BatchNorm2d, 2, 1e-3, 2e-4, 1e-3)), with_usual_eps, [IMAGE]),
    "other_reader": (OtherReader, by_fuse_modules, [IMAGE]),
    "one_norm": (OneNorm, by_fuse_modules, [IMAGE]),
    "linear_inputs": (lambda: Pair(nn.Linear(3, 3), norm(nn.BatchNorm1d, 3)), over_the_inputs, [(2, 3)]),
    "transposed": (transposed_of_the_findings, by_the_edge_pass, [IMAGE]),
}


def truth(before, after, shapes):
    """Each output element is linear in the inputs: its difference is largest at a corner of the box."""
    before, after = copy.deepcopy(before).double(), copy.deepcopy(after).double()
    zeros = tuple(torch.zeros(s, dtype=torch.float64) for s in shapes)

    def apart(*inputs):
        return torch.cat([(b - a).flatten() for b, a in zip(before(*inputs), after(*inputs))])
    jacobians = torch.autograd.functional.jacobian(apart, zeros)
    slopes = sum(j.flatten(1).abs().sum(1) for j in jacobians)
    return float((apart(*zeros).abs() + slopes).max())


def every_code(shape):
    """All pairs of codes as an image of 256 by 256, or 41 codes of each of three numbers."""
    scale, zero = IN[0], IN[1]
    codes = (torch.arange(256, dtype=torch.float64) - zero) * scale
    if len(shape) == 2:
        some = codes[torch.linspace(0, 255, 41).round().long()]
        return torch.cartesian_prod(some, some, some).float()
    return torch.stack(torch.meshgrid(codes, codes, indexing="ij"))[None].float()


def codes_truth(before, after, shapes):
    inputs = [every_code(shape) for shape in shapes]
    with torch.no_grad():
        pairs = zip(WithCodes(before)(*inputs), WithCodes(after)(*inputs))
        return round(max(float((b - a).abs().max()) for b, a in pairs) / OUT[0])


def save(net, shapes, path):
    """Without the stack traces, which name files of the machine."""
    program = torch.export.export(net, tuple(torch.zeros(s) for s in shapes))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
        node.meta.pop("from_node", None)
    torch.export.save(program, path)


def main(folder):
    truths = {}
    for name, (make, wrong, shapes) in CASES.items():
        torch.manual_seed(len(name))
        before = make().eval()
        after = wrong(copy.deepcopy(before)).eval()
        truths[name] = {"float": truth(before, after, shapes)}
        for net, when in ((before, "before"), (after, "after")):
            save(net, shapes, f"{folder}/{name}.{when}.pt2")
        if name == "other_reader":  # no bound is known of float sums that reach two quantizers
            continue
        truths[name]["codes_lsb"] = codes_truth(before, after, shapes)
        for net, when in ((before, "before"), (after, "after")):
            save(WithCodes(net), shapes, f"{folder}/{name}.codes.{when}.pt2")
    with open(f"{folder}/wrong_folds.json", "w") as file:
        json.dump(truths, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
