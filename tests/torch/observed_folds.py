# SPDX-License-Identifier: BSD-3-Clause
"""What PyTorch itself computes of a pair of programs, at each place that a report judges (script/weight_folds).

Both programs are run node by node. Each conv of the after-program is given what its conv of the before-program reads, for
a report judges each fold alone, on equal inputs. Random inputs lie in the box that floats are taken from; aimed ones are
corners of it, along the gradient of the difference at one element, with every quantizer taken as the identity: where both
programs are linear, no input of the box shows a larger difference. Inputs that the judge built come on top.
"""
import math
import re

import numpy
import torch

BOX = (-1.0, 1.0)


class StraightThrough(torch.autograd.Function):
    """A value with another's gradient."""

    @staticmethod
    def forward(_, value, _other):
        return value.clone()

    @staticmethod
    def backward(_, gradient):
        return None, gradient


def constants_of(program):
    """The tensor of each placeholder that is no user's input."""
    signature, held = program.graph_signature, {**program.state_dict, **program.constants}
    named = {**signature.inputs_to_parameters, **signature.inputs_to_buffers, **signature.inputs_to_lifted_tensor_constants}
    return {placeholder: held[name].detach() for placeholder, name in named.items()}


class Runner:
    """A program's values, node by node."""

    def __init__(self, program):
        self.program, self.constants = program, constants_of(program)
        self.nodes = {node.name: node for node in program.graph.nodes}
        self.outputs = self.nodes["output"].args[0]

    def run(self, inputs, fed=None, smooth=False):
        """All values by name. `fed`: for nodes by name, what stands for their first operand. `smooth`: activations are
        not rounded, so that gradients pass."""
        given, values = iter(inputs), {}

        def of(argument):
            return torch.fx.node.map_arg(argument, lambda node: values[node.name])

        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                known = self.constants.get(node.name)
                values[node.name] = next(given) if known is None else known
            elif node.op == "call_function":
                arguments = list(of(node.args))
                if fed and node.name in fed:
                    arguments[0] = fed[node.name]
                values[node.name] = self._call(node, arguments, of(node.kwargs), smooth)
            elif node.op == "output":
                values["output"] = of(node.args[0])
        return values

    @staticmethod
    def _call(node, arguments, options, smooth):
        if smooth and isinstance(arguments[0], torch.Tensor) and arguments[0].requires_grad:
            name = str(node.target)
            if "dequantize_per_tensor" in name:
                return (arguments[0] - arguments[2]) * arguments[1]
            if "quantize_per_tensor" in name:
                return arguments[0] / arguments[1] + arguments[2]
        return node.target(*arguments, **options)


def reader_of(tail):
    return re.sub(r" \(.*", "", tail["place"])


class Frontier:
    """Where a tail is measured, in either program."""

    def __init__(self, tail, before, after):
        self.tail, self.output, self.operand = tail, tail["output"], None
        self.reader = reader_of(tail)
        if self.output is None:
            node = before.nodes[self.reader]
            places = [at for at, one in enumerate(node.args) if getattr(one, "name", None) == tail["frontier"]]
            other = after.nodes.get(self.reader)
            if not places or other is None or other.target != node.target:
                raise LookupError(f"no reader of the after-program is {self.reader}")
            self.operand = places[0]
        node = before.nodes[self.reader].args[self.operand] if self.output is None else before.outputs[self.output]
        self.of_codes = "dequantize" in str(node.target)

    def value(self, runner, values):
        if self.output is not None:
            return values["output"][self.output]
        return values[runner.nodes[self.reader].args[self.operand].name]


def difference(before, after):
    """Element by element, in double; infinite where one side alone is no number."""
    one, other = before.detach().double(), after.detach().double()
    apart = (one - other).abs()
    apart[(one == other) | (one.isnan() & other.isnan())] = 0
    return apart.nan_to_num(nan=math.inf, posinf=math.inf)


class Observer:
    """The largest difference seen of each judged tail, in LSB of the report."""

    def __init__(self, before, after, report):
        self.before, self.after = Runner(before), Runner(after)
        self.sites = [site for site in report["sites"] if site["tails"]]
        self.frontiers, self.missing = [], []
        for site in self.sites:
            for tail in site["tails"]:
                try:
                    self.frontiers.append(Frontier(tail, self.before, self.after))
                except LookupError as error:
                    self.missing.append(str(error))
        self.seen = [0.0] * len(self.frontiers)
        self.outputs = 0.0  # the largest difference of the programs' outputs, nothing fed

    def pair(self, inputs, smooth=False):
        one = self.before.run(inputs, smooth=smooth)
        fed = {site["after_conv"]: one[self.before.nodes[site["before_conv"]].args[0].name] for site in self.sites}
        return one, self.after.run(inputs, fed, smooth)

    def look(self, inputs):
        with torch.no_grad():
            one, other = self.pair(inputs)
            plain = self.after.run(inputs)
            for left, right in zip(one["output"], plain["output"]):
                if left.shape == right.shape:
                    self.outputs = max(self.outputs, difference(left, right).max().item())
            for at, frontier in enumerate(self.frontiers):
                left, right = frontier.value(self.before, one), frontier.value(self.after, other)
                if left.shape != right.shape:
                    self.seen[at] = math.inf
                    continue
                lsb = difference(left, right).max().item() / (frontier.tail["scale"] or 1.0)
                # Two codes are a whole number apart, which dequantize leaves to within its own rounding.
                whole = frontier.of_codes and abs(lsb - round(lsb)) < 1e-3
                self.seen[at] = max(self.seen[at], round(lsb) if whole else lsb)

    def corners(self, shape, most):
        """Inputs at corners of the box, each aimed at one element of one frontier."""
        for frontier in self.frontiers:
            x = torch.zeros(shape).requires_grad_()
            one, other = self.pair((x,), smooth=True)
            apart = frontier.value(self.after, other) - frontier.value(self.before, one)
            if not apart.requires_grad:
                continue
            flat = apart.reshape(-1)
            for element in torch.linspace(0, flat.numel() - 1, min(most, flat.numel())).long().tolist():
                gradient, = torch.autograd.grad(flat[element], x, retain_graph=True)
                corner = torch.where(gradient > 0, BOX[1], BOX[0])
                yield (corner,)
                yield (-corner,)


def observe(before, after, report, shape, witnesses, runs=40, aimed=24):
    """An Observer that has looked at random, aimed and built inputs."""
    observer, numbers = Observer(before, after, report), torch.Generator().manual_seed(7)
    for run in range(runs):
        x = torch.rand(shape, generator=numbers) * (BOX[1] - BOX[0]) + BOX[0]
        observer.look((torch.where(torch.rand(shape, generator=numbers) < 0.5, BOX[0], BOX[1]) if run % 4 == 3 else x,))
    for inputs in observer.corners(shape, aimed):
        observer.look(inputs)
    for file in witnesses:
        with numpy.load(file) as held:
            observer.look(tuple(torch.from_numpy(held[name]) for name in sorted(held.files) if name.startswith("x0")))
    return observer
