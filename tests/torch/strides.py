#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How results lie in memory: those of convolutions are contiguous or channels_last, whatever is read; those of arithmetic
and batch_norm lie as their first operand, where that lies so and no dimension but the first has one element. The prover
relies on it (Numbering::FormatKept).

usage: tests/torch/strides.py
"""
import itertools
import random
import sys

import torch

SHAPES = [(1, 3, 4, 5), (2, 3, 4, 5), (1, 2, 2, 2), (7, 2, 3, 2), (1, 3, 4), (2, 3, 4), (2, 3), (1, 3), (1, 2, 2, 2, 3), (2,) * 5]
ARITHMETIC = (torch.add, torch.sub, torch.mul, torch.div)
CONVS = [(torch.conv1d, torch.conv_transpose1d, 1), (torch.conv2d, torch.conv_transpose2d, 2), (torch.conv3d, torch.conv_transpose3d, 3)]
IN_PLACE = {torch.add: torch.Tensor.add_, torch.sub: torch.Tensor.sub_, torch.mul: torch.Tensor.mul_, torch.div: torch.Tensor.div_}


def formats_of(tensor):
    """`tensor` in the memory formats that its rank has beside contiguous."""
    known = {4: [torch.channels_last], 5: [torch.channels_last_3d]}.get(tensor.dim(), [])
    return [tensor.contiguous(memory_format=each) for each in known]


def formats(shape):
    """A tensor in each memory format that its rank has."""
    made = torch.randn(shape)
    return [made] + formats_of(made)


def layouts(shape):
    """Tensors that lie as they like: permuted, strided, broadcast, of fewer dimensions."""
    draw = random.Random(len(shape))
    made = formats(shape)
    for _ in range(6):
        order = draw.sample(range(len(shape)), len(shape))
        made.append(torch.randn([shape[d] for d in order]).permute([order.index(d) for d in range(len(shape))]))
    made.append(torch.randn([2 * size for size in shape])[tuple(slice(0, None, 2) for _ in shape)])
    made.append(torch.randn([1] * len(shape)).expand(shape))
    return made + [torch.randn(shape[1:]), torch.randn(shape[0], *[1] * (len(shape) - 1))]


def main():
    looked, wrong = 0, []

    def hold(what, result, operand):
        nonlocal looked
        looked += 1
        if result.stride() != operand.stride() or result.storage_offset() != 0:
            wrong.append(f"{what} of {tuple(operand.shape)} with strides {operand.stride()} gave {result.stride()}")

    for shape in SHAPES:
        for operand in formats(shape):
            for other in layouts(shape):
                for function in ARITHMETIC:
                    result = function(operand, other)
                    hold(function.__name__, result, operand)
                    looked += 1
                    if other.shape == operand.shape and not torch.equal(IN_PLACE[function](operand.clone(), other), result):
                        wrong.append(f"{function.__name__}_ gives other bits than {function.__name__}")
            mean, var, gamma, beta = (torch.rand(shape[1]) + 0.5 for _ in range(4))
            for weight, bias in ((gamma, beta), (None, None)):
                for eps in (0.0, 1e-5):
                    hold("batch_norm", torch.batch_norm(operand, weight, bias, mean, var, False, 0.1, eps, True), operand)
    for conv, transposed, spatial in CONVS:
        for function, groups, kernel, dtype in itertools.product((conv, transposed), (1, 2), (1, 2, 3),
                                                                 (torch.float32, torch.float64, torch.bfloat16)):
            shape = (2, 4) + (3, 4, 5)[:spatial]
            for x in [one for one in layouts(shape) if one.shape == shape]:
                weight = torch.randn((4, 4 // groups) + (kernel,) * spatial).to(dtype)
                for held in (weight, weight.flip(0), weight.transpose(0, 1).contiguous().transpose(0, 1), *formats_of(weight)):
                    looked += 1
                    result = function(x.to(dtype), held, None, 1, 1, groups=groups)
                    if result.stride() not in [one.stride() for one in formats(result.shape)]:
                        wrong.append(f"{function.__name__} gave strides {result.stride()} of {tuple(result.shape)}")
    print("\n".join(f"tests/torch/strides.py: {what}" for what in wrong))
    print(f"{looked - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong or looked < 900 else 0


if __name__ == "__main__":
    sys.exit(main())
