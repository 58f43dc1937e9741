# SPDX-License-Identifier: BSD-3-Clause
"""Small nets with a batch norm each, whose folds change weights (script/weight_folds).

Each is given by its name alone: the numbers come from a generator that the name seeds. A net is plain (floats come in and
leave) or `codes`: its input is quantized first and its output last, as where an image comes in as bytes.
"""
import zlib

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

IN = (2 / 255, 128, 0, 255, torch.uint8)  # -1.004 to 0.996
OUT = (0.05, 0, -128, 127, torch.int8)


def through_codes(x, params):
    decomposed = torch.ops.quantized_decomposed
    return decomposed.dequantize_per_tensor.default(decomposed.quantize_per_tensor.default(x, *params), *params)


class Net(torch.nn.Module):
    """A net whose `pairs` name each conv or linear with the batch norm that follows it."""

    def __init__(self, modules, pairs, wiring, codes):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.pairs, self.wiring, self.codes = pairs, wiring, codes

    def forward(self, x):
        if not self.codes:
            return self.wiring(self, x)
        return through_codes(self.wiring(self, through_codes(x, IN)), OUT)


def norm_of(layer):
    nn = torch.nn
    if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d, nn.Linear)):
        return nn.BatchNorm1d
    return nn.BatchNorm2d


def one(layer, shape, act=torch.relu):
    """One layer, its batch norm and what follows."""
    outputs = layer.out_features if isinstance(layer, torch.nn.Linear) else layer.out_channels
    return {"c": layer, "n": norm_of(layer)(outputs)}, [("c", "n")], lambda net, x: act(net.n(net.c(x))), shape


def nothing(x):
    return x


def two_norms():
    modules, _, _, shape = one(torch.nn.Conv2d(3, 3, 2), (1, 3, 5, 5))
    return {**modules, "m": torch.nn.BatchNorm2d(3)}, None, lambda net, x: net.n(net.c(x)) + net.m(net.c(-x)), shape


def native_norm():
    """The batch norm is written as aten.native_batch_norm, the one that Cadence's pass looks for."""
    modules, _, _, shape = one(torch.nn.Conv2d(3, 4, 3), (1, 3, 5, 5))

    def wiring(net, x):
        n = net.n
        return torch.relu(torch.ops.aten.native_batch_norm.default(
            net.c(x), n.weight, n.bias, n.running_mean, n.running_var, False, 0.1, 1e-5)[0])
    return modules, None, wiring, shape


def scaled(shape_of_scale):
    """A conv and a product with a constant, which Arm folds alike."""
    modules = {"c": torch.nn.Conv2d(3, 4, 3)}

    def wiring(net, x):
        return torch.relu(net.c(x) * (net.s if shape_of_scale else 0.37))
    return modules, None, wiring, (1, 3, 5, 5)


NETS = {
    "conv2d": lambda: one(torch.nn.Conv2d(3, 4, 3, padding=1), (1, 3, 5, 5)),
    "conv1d, no bias": lambda: one(torch.nn.Conv1d(3, 5, 3, bias=False), (2, 3, 8)),
    "depthwise, stride 2": lambda: one(torch.nn.Conv2d(4, 4, 3, groups=4, stride=2), (1, 4, 6, 6), nothing),
    "linear": lambda: one(torch.nn.Linear(12, 5), (2, 12)),
    "linear, no bias": lambda: one(torch.nn.Linear(12, 5, bias=False), (2, 12), nothing),
    "linear on [2, 3, 4]": lambda: one(torch.nn.Linear(4, 3), (2, 3, 4), nothing),
    "transposed": lambda: one(torch.nn.ConvTranspose2d(2, 3, 2, stride=2), (1, 2, 4, 4), nothing),
    "transposed, square": lambda: one(torch.nn.ConvTranspose2d(2, 2, 2), (1, 2, 4, 4), nothing),
    "two batch norms, one conv": two_norms,
    "native_batch_norm": native_norm,
    "times a number": lambda: scaled(False),
    "times a constant per channel": lambda: scaled(True),
}


def set_numbers(net, name, numbers):
    for module in net.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            shape = module.running_mean.shape
            module.running_mean.copy_(torch.randn(shape, generator=numbers) * 0.5)
            module.running_var.copy_(torch.rand(shape, generator=numbers) + 0.3)
            module.weight.copy_(torch.rand(shape, generator=numbers) + 0.5)
            module.bias.copy_(torch.randn(shape, generator=numbers) * 0.3)
        elif hasattr(module, "weight"):
            for parameter in module.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=numbers) * 0.3)
    if name == "transposed, square":  # numbers with which the right and the wrong axis are far apart
        net.n.running_mean.copy_(torch.tensor([0.5, -0.5]))
        net.n.running_var.copy_(torch.tensor([4.0, 0.25]))
        net.n.weight.copy_(torch.tensor([1.0, 3.0]))
        net.n.bias.copy_(torch.tensor([0.1, -0.2]))
    if name == "times a constant per channel":
        net.register_buffer("s", torch.rand((1, 4, 1, 1), generator=numbers) + 0.5)


def made(name, codes):
    """(net, the shape of its input)"""
    numbers = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    modules, pairs, wiring, shape = NETS[name]()
    net = Net(modules, pairs, wiring, codes).eval()
    with torch.no_grad():
        set_numbers(net, name, numbers)
    return net, shape
