#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Draws QAT models, and judges TorchAO's _fold_conv_bn_qat on each (script/torchao_folds).

usage: tests/torch/torchao_models.py SEED CASES STEP FIRST DIR      # cases FIRST, FIRST + STEP, ... below CASES

Prints a line for each, with tabs: case, model, batch norms that were folded, verdict, worst LSB calibrated and
reachable, causes or reasons. What
PyTorch raises while a model is prepared is no case: the next draw of the same case takes its place. FOLDPROOF names
the program. DIR keeps the pairs, as CASE.before.pt2 and CASE.after.pt2, and the lines: a case that has one there is not done again.
"""
import copy
import logging
import math
import pathlib
import random
import re
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401  registers the operators
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (XNNPACKQuantizer,
                                                                     get_symmetric_quantization_config)
from torchao.quantization.pt2e import move_exported_model_to_eval, qat_utils
from torchao.quantization.pt2e.convert import _convert_to_reference_decomposed_fx
from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / part) for part in ("python", "python/examples")]
import foldproof
import torchao_fold_conv_bn_qat

MOST_DRAWS = 8  # of one case


def weighted(choose, **choices):
    return choose.choices(list(choices), weights=list(choices.values()))[0]


class Block(torch.nn.Module):
    """A convolution, its batch norm, and what stands behind."""

    def __init__(self, choose, channels, dimensions):
        super().__init__()
        kind = weighted(choose, plain=10, transposed=2, depthwise=2, grouped=1)
        self.channels = channels if kind == "depthwise" else choose.choice((1, 2, 3, 4, 8))
        groups = channels if kind == "depthwise" else 1
        if kind == "grouped":
            groups = next(n for n in (4, 3, 2, 1) if channels % n == 0 and self.channels % n == 0)
        kernel, bias = choose.choice((1, 2, 3)), choose.random() < 0.6
        options = {"kernel_size": kernel, "bias": bias, "groups": groups}
        if kind == "transposed":
            made = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d)[dimensions - 1]
        else:
            made = (torch.nn.Conv1d, torch.nn.Conv2d)[dimensions - 1]
            options["padding"] = choose.choice((0, 0, 1, "same"))
            options["dilation"] = choose.choice((1, 1, 1, 2))
        if options.get("padding") != "same":
            options["stride"] = choose.choice((1, 1, 1, 2))
        self.conv = made(channels, self.channels, **options)
        eps = weighted(choose, **{"1e-05": 8, "0.001": 1, "0.1": 1})
        self.bn = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)[dimensions - 1](
            self.channels, eps=float(eps), affine=choose.random() > 0.04)
        self.behind = weighted(choose, nothing=5, relu=5, relu6=1, residual=1, twice=1, users=1)
        self.act = {"relu": torch.nn.ReLU(), "relu6": torch.nn.ReLU6()}.get(self.behind, torch.nn.Identity())
        self.numbers = weighted(choose, normal=14, negative=2, tiny_gamma=1, zero_gamma=1, tiny_variance=2, zero_variance=1,
                                negative_variance=1, large_mean=2, large_beta=2, huge_beta=1, nan_mean=1,
                                infinite_variance=1)
        rest = f"{'' if kind == 'plain' else kind + ' '}conv{dimensions}d {channels}->{self.channels} k{kernel}"
        rest += "".join(f" {name}={value}" for name, value in options.items()
                        if name in ("stride", "dilation", "padding") and value not in (0, 1))
        self.text = rest + ("" if bias else " no-bias") + (f" eps={eps}" if eps != "1e-05" else "") + (
            "" if self.bn.affine else " no-affine") + "".join(
            f" {word}" for word in (self.behind, self.numbers) if word not in ("nothing", "normal"))

    def set_numbers(self, numbers):
        """After training, which would make NaN of everything: what the batch norm holds then."""
        bn, shape = self.bn, (self.channels,)
        with torch.no_grad():
            bn.running_mean.copy_(torch.randn(shape, generator=numbers))
            bn.running_var.copy_(torch.rand(shape, generator=numbers) + 0.5)
            if bn.affine:
                bn.weight.copy_(torch.rand(shape, generator=numbers) + 0.5)
                bn.bias.copy_(torch.randn(shape, generator=numbers))

    def forward(self, x):
        y = self.act(self.bn(self.conv(x)))
        if self.behind == "residual" and y.shape == x.shape:
            return y + x
        if self.behind == "twice" and y.shape == x.shape:
            return self.bn(self.conv(y))
        return y + torch.relu(y) if self.behind == "users" else y


def special_numbers(module, block_name, kind):
    """What is hard on a fold, in the first channel of the prepared model's batch norm."""
    names = dict(module.named_parameters()) | dict(module.named_buffers())
    at = {"weight": f"{block_name}.bn.weight", "bias": f"{block_name}.bn.bias", "mean": f"{block_name}.bn.running_mean",
          "variance": f"{block_name}.bn.running_var"}
    values = {"negative": ("weight", -1.5), "tiny_gamma": ("weight", 1e-30), "zero_gamma": ("weight", 0.0),
              "tiny_variance": ("variance", 1e-12), "zero_variance": ("variance", 0.0), "negative_variance": ("variance", -1.0),
              "large_mean": ("mean", 300.0), "large_beta": ("bias", 300.0), "huge_beta": ("bias", 1e9),
              "nan_mean": ("mean", math.nan), "infinite_variance": ("variance", math.inf)}
    if kind in values:
        part, value = values[kind]
        tensor = names.get(at[part])
        if tensor is not None:
            with torch.no_grad():
                tensor.view(-1)[0] = value


def drawn_model(choose, numbers):
    """(model, text, example input)"""
    dimensions, channels = choose.choice((1, 2, 2)), choose.choice((1, 2, 3, 4))
    size, batch = choose.choice((4, 6, 8)), choose.choice((1, 2))
    inputs = torch.randn((batch, channels) + (size,) * dimensions, generator=numbers)
    blocks = []
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        blocks.append(Block(choose, blocks[-1].channels if blocks else channels, dimensions))
    torch.manual_seed(choose.randrange(2**31))
    for block in blocks:
        for parameter in block.conv.parameters():
            parameter.data.copy_(torch.randn(parameter.shape, generator=numbers) * 0.3)
        block.set_numbers(numbers)
    return torch.nn.Sequential(*blocks), " | ".join(block.text for block in blocks), inputs


def pair(choose, numbers):
    """(text, before, after): the exported programs around the pass; after is the exception where it raises."""
    model, text, inputs = drawn_model(choose, numbers)
    per_channel = choose.random() < 0.5
    module = torch.export.export(model.train(), (inputs,)).module()
    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=per_channel, is_qat=True))
    module = prepare_qat_pt2e(module, quantizer)
    for _ in range(3):
        module(torch.randn(inputs.shape, generator=numbers))
    for i, block in enumerate(model):
        special_numbers(module, str(i), block.numbers)
    module = _convert_to_reference_decomposed_fx(move_exported_model_to_eval(module))
    text = f"{'per channel' if per_channel else 'per tensor'}: {text}"
    before = torch.export.export(copy.deepcopy(module), (inputs,))
    try:
        return text, before, torch.export.export(qat_utils._fold_conv_bn_qat(module), (inputs,))
    except Exception as error:  # what it raises has no common type
        return text, before, error


def shown(figures):
    worst = max(figures, default=None)
    return "-" if worst is None else f"{worst:.4g}"


def norms(program):
    return sum("batch_norm" in str(node.target) for node in program.graph.nodes)


def reasons_of(report, tails):
    """Why it is unproved; what follows from that further on only where nothing else is said."""
    said = [tail.reason for tail in tails if tail.verdict == "unproved"]
    said += [one["reason"] for one in report.json["unproved"]]
    reasons = {re.sub(r"^\S+ \(aten\.\S+\): ", "", reason).split(":")[0] for reason in said}
    first = {reason for reason in reasons if not reason.startswith(("output ", "no conv of the after-program"))}
    return first or {reason.split(" at ")[0] for reason in reasons}


def row(case, text, before, after, folder):
    if isinstance(after, Exception):
        lines = str(after).strip().splitlines()
        return [str(case), text, "-", "raised", "-", "-", f"{type(after).__name__}: {lines[0][:120] if lines else ''}"]
    files = [folder / f"{case}.{part}.pt2" for part in ("before", "after")]
    for program, file in zip((before, after), files):
        torch.export.save(program, file)
    try:
        report = foldproof.verify(*files)
    except foldproof.FoldproofError as error:
        return [str(case), text, "-", "unproved", "-", "-", f"unusable: {str(error).split('.pt2: ', 1)[-1]}"[:200]]
    tails = [tail for site in report.sites for tail in site.tails]
    causes = {cause.rule for tail in tails if tail.verdict == "differs" for cause in tail.causes}
    causes |= {fault.rule for fault in report.structure if fault.only_after}
    why = causes if report.verdict == "differs" else reasons_of(report, tails) if report.verdict == "unproved" else set()
    return [str(case), text, f"{norms(before) - norms(after)} of {norms(before)}", report.verdict,
            shown([tail.lsb for tail in tails]), shown([tail.reachable_lsb for tail in tails]), "; ".join(sorted(why)) or "-"]


def main():
    if len(sys.argv) != 6:
        print(__doc__, file=sys.stderr)
        return 3
    seed, cases, step, first = map(int, sys.argv[1:5])
    folder = pathlib.Path(sys.argv[5])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torchao_fold_conv_bn_qat.remember_patterns()
    for case in range(first, cases, step):
        kept = folder / f"{seed}.{case}.tsv"
        if kept.is_file():  # of a run that was ended
            print(kept.read_text(), flush=True)
            continue
        for draw in range(MOST_DRAWS):
            choose = random.Random(f"{seed}:{case}:{draw}")
            numbers = torch.Generator().manual_seed(choose.randrange(2**31))
            try:
                text, before, after = pair(choose, numbers)
            except Exception as error:  # a model that cannot be had: too small an image, a choice PyTorch does not know
                print(f"case {case}, draw {draw}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
                continue
            kept.write_text("\t".join(row(case, text, before, after, folder)))
            print(kept.read_text(), flush=True)
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
