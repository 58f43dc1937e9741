#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A quantized ResNet-18 whose batch norms are folded into requantized weights, as .pt2 (script/requantized).

usage: tests/torch/requantized_resnet.py {tensor|channel} BEFORE AFTER

Before: the weights are int8 codes with a scale, for all channels or for each, and a batch norm follows each conv. After: the
weights are those times gamma / sqrt(var + eps), rounded to new codes at new scales, the bias is a float, and the batch norm
is gone. Inputs, the results of the convs' batch norms and those of the activations pass 8-bit codes in both, at the scales
that a few random inputs want.
"""
import copy
import sys

import torch
import torch.ao.quantization.fx._decomposed  # registers the operators
from torch import nn

import model_nets

OPS = torch.ops.quantized_decomposed


class Codes(nn.Module):
    """Through int8 codes, whose range is what was seen and 0."""

    def __init__(self):
        super().__init__()
        self.low, self.high, self.params = 0.0, 0.0, None

    def settle(self):
        scale = (self.high - self.low) / 255
        self.params = (scale, -128 - round(self.low / scale), -128, 127, torch.int8)

    def forward(self, x):
        if self.params is None:
            self.low, self.high = min(self.low, x.min().item()), max(self.high, x.max().item())
            return x
        return OPS.dequantize_per_tensor(OPS.quantize_per_tensor(x, *self.params), *self.params)


class CodedConv(nn.Module):
    """A conv whose weights are int8 codes."""

    def __init__(self, conv, weight, bias, per_channel):
        super().__init__()
        self.stride, self.padding, self.per_channel = conv.stride, conv.padding, per_channel
        largest = weight.abs().flatten(1).amax(1) if per_channel else weight.abs().max().expand(len(weight))
        scales = (largest / 127).float()
        codes = (weight / scales.reshape(-1, 1, 1, 1)).round().clamp(-127, 127).to(torch.int8)
        self.register_buffer("codes", codes)
        self.register_buffer("scales", scales.clone())
        self.register_buffer("zero_points", torch.zeros(len(scales), dtype=torch.int64))
        self.scale = scales[0].item()
        self.bias = None if bias is None else nn.Parameter(bias.float(), requires_grad=False)

    def weight(self):
        if self.per_channel:
            return OPS.dequantize_per_channel(self.codes, self.scales, self.zero_points, 0, -127, 127, torch.int8)
        return OPS.dequantize_per_tensor(self.codes, self.scale, 0, -127, 127, torch.int8)

    def forward(self, x):
        return nn.functional.conv2d(x, self.weight(), self.bias, self.stride, self.padding)


class ConvNorm(nn.Module):
    """A conv of codes and its batch norm; `fold` takes the batch norm into new codes and a float bias."""

    def __init__(self, conv, norm, per_channel):
        super().__init__()
        self.conv, self.norm = CodedConv(conv, conv.weight.detach(), None, per_channel), norm

    def fold(self):
        norm = self.norm
        factor = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = self.conv.weight().double() * factor.reshape(-1, 1, 1, 1)
        bias = norm.bias.double() - norm.running_mean.double() * factor
        self.conv = CodedConv(self.conv, weight.detach(), bias.detach(), self.conv.per_channel)
        self.norm = None

    def forward(self, x):
        x = self.conv(x)
        return x if self.norm is None else self.norm(x)


class Block(nn.Module):
    """One of torchvision's BasicBlocks."""

    def __init__(self, block, per_channel):
        super().__init__()
        self.first = ConvNorm(block.conv1, block.bn1, per_channel)
        self.second = ConvNorm(block.conv2, block.bn2, per_channel)
        self.down = None if block.downsample is None else ConvNorm(*block.downsample, per_channel)
        self.codes = nn.ModuleList([Codes() for _ in range(4)])

    def forward(self, x):
        y = self.codes[0](torch.relu(self.first(x)))
        y = self.codes[1](self.second(y))
        if self.down is not None:
            x = self.codes[2](self.down(x))
        return self.codes[3](torch.relu(x + y))


class Net(nn.Module):
    def __init__(self, net, per_channel):
        super().__init__()
        layers = (net.layer1, net.layer2, net.layer3, net.layer4)
        self.stem, self.pool = ConvNorm(net.conv1, net.bn1, per_channel), net.maxpool
        self.blocks = nn.Sequential(*[Block(block, per_channel) for layer in layers for block in layer])
        self.codes, self.head = nn.ModuleList([Codes(), Codes()]), net.fc

    def forward(self, x):
        x = self.codes[1](torch.relu(self.stem(self.codes[0](x))))
        return self.head(self.blocks(self.pool(x)).mean((2, 3)))


def main():
    kind, before_path, after_path = sys.argv[1:]
    net, x = model_nets.made("ResNet-18")
    net = Net(net, kind == "channel").eval()
    with torch.no_grad():
        for _ in range(4):
            net(torch.rand(x.shape) * 2 - 1)
    for module in net.modules():
        if isinstance(module, Codes) and module.high > module.low:
            module.settle()
    after = copy.deepcopy(net)
    for module in after.modules():
        if isinstance(module, ConvNorm):
            module.fold()
    for each, path in ((net, before_path), (after, after_path)):
        torch.export.save(torch.export.export(each, (x[:1],)), path)


if __name__ == "__main__":
    main()
