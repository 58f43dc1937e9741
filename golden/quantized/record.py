#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Records a small net with quantized activations twice: with its float weights, and with their int8 codes per channel.

usage: record.py [DIR]      DIR: this folder; needs torch 2.13

  net.float.pt2, net.int8.pt2      conv, relu, conv, a quantizer in front and behind each
"""
import os
import sys

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators
from torch import nn

Q = torch.ops.quantized_decomposed
SCALES = (0.03, 0.02, 0.03)


def through_codes(x, scale):
    return Q.dequantize_per_tensor(Q.quantize_per_tensor(x, scale, 0, -128, 127, torch.int8), scale, 0, -128, 127,
                                   torch.int8)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 4, 1)

    def weight(self, layer):
        return layer.weight

    def forward(self, x):
        x = through_codes(x, SCALES[0])
        x = nn.functional.conv2d(x, self.weight(self.first), self.first.bias)
        x = through_codes(torch.relu(x), SCALES[1])
        x = nn.functional.conv2d(x, self.weight(self.second), self.second.bias)
        return through_codes(x, SCALES[2])


class Int8(Net):
    """The weights are codes, round(w / s), s = max |w| / 127 of each output channel."""

    def __init__(self, net):
        super().__init__()
        self.load_state_dict(net.state_dict())
        for layer in (self.first, self.second):
            w = layer.weight.detach()
            scales = w.abs().amax((1, 2, 3)) / 127
            layer.register_buffer("codes", torch.round(w / scales.reshape(-1, 1, 1, 1)).to(torch.int8))
            layer.register_buffer("scales", scales)
            layer.register_buffer("zeros", torch.zeros(len(scales), dtype=torch.int64))
            del layer.weight

    def weight(self, layer):
        return Q.dequantize_per_channel(layer.codes, layer.scales, layer.zeros, 0, -127, 127, torch.int8)


def main(folder):
    torch.manual_seed(7)
    net = Net()
    for kind, module in (("float", net), ("int8", Int8(net))):
        program = torch.export.export(module.eval(), (torch.zeros(1, 3, 5, 5),))
        for node in program.graph.nodes:
            node.meta.pop("stack_trace", None)
            node.meta.pop("from_node", None)
        torch.export.save(program, f"{folder}/net.{kind}.pt2")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
