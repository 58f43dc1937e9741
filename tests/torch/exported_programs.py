# SPDX-License-Identifier: BSD-3-Clause
"""Programs that PyTorch exports, for round_trip.py: what real networks rarely hold, but an archive may."""
import torch
from torch import nn
from torch.export import Dim, export


class SymbolicShapes(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 4)

    def forward(self, x):
        y = self.linear(x.reshape(x.shape[0] * 2, 6))
        return y.reshape(x.shape[0], 2, 4) + x.shape[0]


class SeveralResults(nn.Module):
    def forward(self, x):
        values, indices = torch.topk(x, 2)
        a, b = torch.split(x, [1, 3], dim=0)
        (whole,) = torch.split(x, 4, dim=0)
        return {"values": values, "rest": [indices, b - a, None, whole]}, 7


class Mutation(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(3))
        self.register_buffer("scratch", torch.ones(3), persistent=False)

    def forward(self, x):
        self.count.add_(x.sum(0))
        x.mul_(2)
        return x + self.count * self.scratch


class Aliases(nn.Module):
    """Two names of one parameter, and a view into a larger buffer."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4)
        self.second.weight = self.first.weight
        whole = torch.arange(12.0)
        self.register_buffer("whole", whole)
        self.register_buffer("part", whole[4:12].view(2, 4).t()[::2])
        self.frozen = nn.Parameter(torch.tensor([1, -2], dtype=torch.int32), requires_grad=False)

    def forward(self, x):
        return self.second(self.first(x)) + self.whole[:4], self.part @ x[:2, :2], x[:, :2] * self.frozen


class KeywordArguments(nn.Module):
    def forward(self, x, *, pair, scale=2.0, flag=True, mode="sum"):
        return (x + pair[0] * scale if flag else x) - pair[1]


class NestedCalls(nn.Module):
    """A constant made while tracing, an optional list of tensors, a complex number, infinity."""

    def forward(self, x):
        table = torch.tensor([3.0, 1.0, 2.0])
        rows = x[:, torch.tensor([1, 0])]
        peak = torch.where(x > 1, torch.full_like(x, float("inf")), torch.clamp(x, min=-float("inf"), max=0.5))
        turned = torch.view_as_real(torch.complex(x, x) * complex(0.5, -1))
        return table[:2] + rows, peak, turned, x.to(torch.float64).to(memory_format=torch.contiguous_format)


class Condition(nn.Module):
    """A higher-order operator, whose branches are graphs of their own."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda t: (t + 1) * self.weight, lambda t: t - 1, (x,))


class Inner(nn.Module):
    def forward(self, x, y):
        return x + y, x - y


class PreservedModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()

    def forward(self, x):
        a, b = self.inner(x, x * 2)
        return a * b


def export_all():
    """(name, ExportedProgram) of each."""
    torch.manual_seed(0)
    x = torch.randn(4, 3)
    batch = Dim("batch", min=2, max=64)
    yield "symbolic_shapes", export(SymbolicShapes(), (torch.randn(3, 12),), dynamic_shapes=({0: batch},))
    yield "several_results", export(SeveralResults(), (x,))
    yield "mutation", export(Mutation(), (x,))
    yield "mutation_functional", export(Mutation(), (x,)).run_decompositions({})
    yield "aliases", export(Aliases(), (torch.randn(4, 4),))
    yield "keyword_arguments", export(KeywordArguments(), (x,), {"pair": (x + 1, x * 3), "scale": 0.25})
    yield "nested_calls", export(NestedCalls(), (x,))
    yield "condition", export(Condition(), (x,))
    yield "preserved_module", export(PreservedModule(), (x,), preserve_module_call_signature=("inner",))
