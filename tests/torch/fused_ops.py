# SPDX-License-Identifier: BSD-3-Clause
"""Holds foldproof's fused operators to ExecuTorch's own Python references, bit for bit.

Exports programs of one fused operator each, with random parameters, runs them in PyTorch and with
`foldproof run`, and compares the codes. Sums stay below 2^24, where float32 sums are exact.

usage: fused_ops.py FOLDPROOF [PROGRAMS [SEED]]     needs torch and executorch
"""

import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import torch

import executorch.backends.cadence.aot.ops_registrations  # noqa: F401  defines the operators
import executorch.backends.cadence.aot.ref_implementations  # noqa: F401  and what they compute

RUNS = 3
CADENCE = torch.ops.cadence


def codes(rng, dtype, *sizes):
    bounds = torch.iinfo(dtype)
    generator = torch.Generator().manual_seed(rng.getrandbits(60))
    drawn = torch.randint(bounds.min, bounds.max + 1, sizes, generator=generator)
    return drawn.to(torch.int32).to(dtype)


def zero_point(rng, dtype):
    bounds = torch.iinfo(dtype)
    return rng.choice([0, bounds.min, bounds.max, rng.randint(bounds.min, bounds.max)])


def eight_bits(rng):
    return rng.choice([torch.int8, torch.uint8])


def bias(rng, size):
    return torch.tensor([rng.randint(-(2**20), 2**20) for _ in range(size)], dtype=torch.int32)


def scale(rng):
    """A random one, or a short binary fraction that makes ties."""
    return rng.choice([math.exp(rng.uniform(-8, 1)), rng.randint(1, 8) * 2.0 ** -rng.randint(0, 8)])


def multiplier(rng):
    """Of either sign, a random ratio or a power of two that makes ties."""
    magnitude = rng.choice([2**30, rng.randint(2**30, 2**31)])
    return rng.choice([-magnitude, -magnitude, magnitude]), rng.randint(-12, 2)


def conv(rng, operator, dims, depthwise):
    # Two 8-bit factors, shifted, are below 2^16 in product; 60 of them and a bias below 2^24.
    groups = rng.choice([2, 3]) if depthwise else rng.choice([1, 1, 2])
    channels = groups if depthwise else groups * rng.randint(1, 2)
    out = groups * rng.randint(1, 3)
    kernel = [rng.randint(1, 3) for _ in range(dims)]
    dilation = [rng.randint(1, 2) for _ in range(dims)]
    space = [rng.randint(1 + d * (k - 1), 9) for k, d in zip(kernel, dilation)]
    dtype, weight_dtype = eight_bits(rng), eight_bits(rng)
    weight = codes(rng, weight_dtype, out, channels // groups, *kernel)
    arguments = (
        [rng.randint(1, 3) for _ in range(dims)],
        [rng.randint(0, 2) for _ in range(dims)],
        dilation,
        groups,
        zero_point(rng, dtype),
        zero_point(rng, weight_dtype),
        scale(rng) / 100,
        scale(rng),
        zero_point(rng, dtype),
        *multiplier(rng),
    )
    bias_codes = bias(rng, out)
    shape = (rng.randint(1, 2), channels, *space)
    return (lambda x: operator(x, weight, bias_codes, *arguments)), [(dtype, shape)]


def conv2d(rng):
    return conv(rng, CADENCE.quantized_conv2d_nchw.per_tensor, 2, False)


def conv1d(rng):
    return conv(rng, CADENCE.quantized_conv1d_ncl.per_tensor, 1, False)


def depthwise(rng):
    return conv(rng, CADENCE.quantized_depthwise_conv1d_ncl.per_tensor, 1, True)


def linear(rng):
    dtype, weight_dtype = eight_bits(rng), eight_bits(rng)
    length, out = rng.randint(1, 60), rng.randint(1, 8)
    weight, bias_codes = codes(rng, weight_dtype, out, length), bias(rng, out)
    m, e = multiplier(rng)
    arguments = (zero_point(rng, dtype), zero_point(rng, weight_dtype), m, e - 6)
    shape = (*[rng.randint(1, 3) for _ in range(rng.randint(1, 2))], length)
    out_zero_point = zero_point(rng, dtype)
    return (
        lambda x: CADENCE.quantized_linear.per_tensor(
            x, weight, bias_codes, *arguments, out_zero_point, None
        )
    ), [(dtype, shape)]


def matmul(rng):
    dtype = eight_bits(rng)
    rows, length, columns = rng.randint(1, 5), rng.randint(1, 60), rng.randint(1, 5)
    batch = [rng.randint(1, 3)] * rng.randint(0, 1)
    transposed = rng.choice([True, False])
    right = (columns, length) if transposed else (length, columns)
    m, e = multiplier(rng)
    zero_points = zero_point(rng, dtype), zero_point(rng, dtype), zero_point(rng, dtype)
    return (
        lambda x, y: CADENCE.quantized_matmul(
            x, zero_points[0], y, zero_points[1], None, m, e - 8, zero_points[2], transposed
        )
    ), [(dtype, (*batch, rows, length)), (dtype, (*batch, *right))]


def add(rng):
    dtype = eight_bits(rng)
    shape = [rng.randint(1, 6) for _ in range(3)]
    other = [rng.choice([1, size]) for size in shape][rng.randint(0, 2) :]
    scales = scale(rng), scale(rng), scale(rng)
    zero_points = zero_point(rng, dtype), zero_point(rng, dtype), zero_point(rng, dtype)
    return (
        lambda x, y: CADENCE.quantized_add.per_tensor(
            x, scales[0], zero_points[0], y, scales[1], zero_points[1], scales[2], zero_points[2]
        )
    ), [(dtype, tuple(shape)), (dtype, tuple(other))]


def relu(rng):
    dtype = rng.choice([torch.int8, torch.uint8, torch.int16])
    m, e = multiplier(rng)
    in_zero_point, out_zero_point = zero_point(rng, dtype), zero_point(rng, dtype)
    return (
        lambda x: CADENCE.quantized_relu.per_tensor(x, in_zero_point, out_zero_point, m, e)
    ), [(dtype, (300,))]


def max_pool(rng):
    dtype = rng.choice([torch.int8, torch.uint8, torch.int16, torch.int32])
    kernel = [rng.randint(1, 4) for _ in range(2)]
    dilation = [rng.randint(1, 3) for _ in range(2)]
    padding = [rng.randint(0, k // 2) for k in kernel]
    stride = [rng.randint(1, 3) for _ in range(2)]
    space = [
        max(1, 1 + d * (k - 1) - 2 * p) + rng.randint(0, 6)
        for k, d, p in zip(kernel, dilation, padding)
    ]
    ceil_mode = rng.choice([True, False])
    return (
        lambda x: CADENCE.quantized_max_pool2d_nchw(x, kernel, stride, padding, dilation, ceil_mode)
    ), [(dtype, (2, 2, *space))]


KINDS = [conv2d, conv1d, depthwise, linear, matmul, add, relu, max_pool]


class Call(torch.nn.Module):
    def __init__(self, call):
        super().__init__()
        self.call = call

    def forward(self, *inputs):
        return self.call(*inputs)


def check(foldproof, folder, kind, rng):
    """The number of codes that were compared."""
    call, inputs = kind(rng)
    runs = [[codes(rng, dtype, *shape) for dtype, shape in inputs] for _ in range(RUNS)]
    program, arrays, out = folder / "program.pt2", folder / "x.npz", folder / "y.npz"
    torch.export.save(torch.export.export(Call(call), tuple(runs[0])), program)
    single = len(inputs) == 1
    numpy.savez(
        arrays,
        **{
            (f"x{i}" if single else f"x{i}_{k}"): x.numpy()
            for i, run in enumerate(runs)
            for k, x in enumerate(run)
        },
    )
    command = [foldproof, "run", program, "--inputs", arrays, "--out", out]
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    got = numpy.load(out)
    compared = 0
    for i, run in enumerate(runs):
        wanted = call(*run).numpy()
        if got[f"y{i}"].dtype != wanted.dtype or not numpy.array_equal(got[f"y{i}"], wanted):
            raise SystemExit(f"{kind.__name__}: run {i} differs:\n{wanted}\n{got[f'y{i}']}")
        compared += wanted.size
    return compared


def main(foldproof, programs="80", seed="1"):
    compared = dict.fromkeys((kind.__name__ for kind in KINDS), 0)
    with tempfile.TemporaryDirectory() as folder:
        for i in range(int(programs)):
            kind = KINDS[i % len(KINDS)]
            rng = random.Random(f"{seed} {i}")
            try:
                compared[kind.__name__] += check(foldproof, pathlib.Path(folder), kind, rng)
            except BaseException:
                print(f"program {i} of seed {seed}, {kind.__name__}", file=sys.stderr)
                raise
    print(f"{programs} programs, all the same; codes compared: {compared}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
