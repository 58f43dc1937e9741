# SPDX-License-Identifier: BSD-3-Clause
"""python -m pytest: one test fails, and says with which cause, channel, LSB and witness."""
import pathlib

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators

from broken_pass import fold

GOLDEN = pathlib.Path(__file__).parents[3] / "golden" / "pt2"


def load(name):
    return torch.export.load(GOLDEN / name)


def test_a_fold_that_keeps_the_numbers(foldproof):
    before = load("fused_conv2d_bias_relu.torchao_before.pt2")
    foldproof.assert_fold_holds(before, load("fused_conv2d_bias_relu.torchao_after.pt2"))


def test_the_broken_pass(foldproof):
    before = load("default_conv1d_bias.before.pt2")
    after = fold(load("default_conv1d_bias.before.pt2"))
    foldproof.assert_fold_holds(before, after)
