# SPDX-License-Identifier: BSD-3-Clause
"""What the programs of built_programs.h compute, in PyTorch's own operators."""
import torch
from torch.nn import functional


def quantized_conv(x):
    ops = torch.ops.quantized_decomposed
    codes = ops.quantize_per_tensor(x, 0.1, 0, -128, 127, torch.int8)
    real = ops.dequantize_per_tensor(codes, 0.1, 0, -128, 127, torch.int8)
    weight = torch.tensor([[[0.5, -1]], [[2, 0.25]], [[-0.75, 1]]])
    bias = torch.tensor([7, -100000, 2147483647], dtype=torch.int32)
    return functional.conv1d(real, weight, ops.dequantize_per_tensor(bias, 0.001, 0, -2**31, 2**31 - 1, torch.int32))


def lists_and_views(x, y):
    shared = torch.arange(1.0, 10.0)
    mixed = torch.add(torch.cat([x[2:], x[:2]]), y, alpha=0.1) * shared[:8].reshape(4, 2)
    return shared[1:].reshape(4, 2).t() @ mixed, torch.topk(y, 1).indices, 3, None


def symbolic_size(x):
    return torch.relu(x.reshape(x.shape[0], 6) + x.shape[0]).t()


EXPECTED = {"quantized_conv": quantized_conv, "lists_and_views": lists_and_views, "symbolic_size": symbolic_size}
