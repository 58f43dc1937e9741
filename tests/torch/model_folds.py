#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Judges quantizers' and backends' passes on real architectures (script/models).

usage: tests/torch/model_folds.py [--make] DIR CASE...      # CASE: a number, in the order of model_folds.cases()

Prints a line of JSON for each case. FOLDPROOF names the program. DIR keeps the pairs, as CASE.before.pt2 and
CASE.after.pt2, with CASE.made.json: one that is there is judged as it is. With --make nothing is judged.
"""
import collections
import copy
import json
import logging
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.WARNING)

import torch

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "python"), str(HERE.parents[2] / "python" / "examples")]
import model_nets
import weight_passes

PARTS = ("before", "after")
CONVOLUTION = re.compile(r"\b(conv\w*|linear|addmm)\.")
PROGRAM = os.environ.get("FOLDPROOF", str(HERE.parents[2] / "build/release/foldproof"))


def xnnpack(is_qat=False):
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (XNNPACKQuantizer,
                                                                         get_symmetric_quantization_config)
    return XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True, is_qat=is_qat))


def cadence(is_qat=False):
    from executorch.backends.cadence.aot.quantizer.quantizer import CadenceDefaultQuantizer
    return CadenceDefaultQuantizer(is_qat=is_qat)


def inductor(is_qat=False):
    from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86
    return x86.X86InductorQuantizer().set_global(x86.get_default_x86_inductor_quantization_config(is_qat=is_qat))


def qualcomm(is_qat=False):
    from executorch.backends.qualcomm.quantizer.quantizer import QnnQuantizer
    return QnnQuantizer()


def samsung(is_qat=False):
    from executorch.backends.samsung.quantizer import EnnQuantizer
    return EnnQuantizer()


def arm(is_qat=False):
    weight_passes.stand_in("tosa_serializer")
    from executorch.backends.arm.quantizer import TOSAQuantizer, get_symmetric_quantization_config
    from executorch.backends.arm.tosa import TosaSpecification
    return TOSAQuantizer(TosaSpecification.create_from_string("TOSA-1.0+INT")).set_global(
        get_symmetric_quantization_config(is_qat=is_qat))


def nxp(is_qat=False):
    weight_passes.stand_in("eiq_neutron_sdk")
    from executorch.backends.nxp.backend.neutron_target_spec import NeutronHWVersion, NeutronTargetSpec
    from executorch.backends.nxp.quantizer.neutron_quantizer import NeutronQuantizer
    # What NXP's own package, which is not to be had here, says of this chip.
    NeutronTargetSpec.is_subsystem = lambda self: False
    NeutronTargetSpec.get_hw_version = lambda self: NeutronHWVersion.N3
    return NeutronQuantizer(NeutronTargetSpec("imxrt700"))


def calibrated(prepare, net, x, quantizer, qat):
    numbers = torch.Generator().manual_seed(1)
    # Cadence's quantizer finds operators by what a strict export notes of them, as its own flow does.
    strict = "cadence" in type(quantizer).__module__
    module = prepare(torch.export.export(net.train() if qat else net, (x,), strict=strict).module(), quantizer)
    for _ in range(2):
        module(torch.rand(x.shape, generator=numbers) * 2 - 1)
    return module


def fold_of_torchao(net, x, quantizer):
    """Quantization-aware training; the program around TorchAO's _fold_conv_bn_qat."""
    import torchao_fold_conv_bn_qat
    from torchao.quantization.pt2e import move_exported_model_to_eval, qat_utils
    from torchao.quantization.pt2e.convert import _convert_to_reference_decomposed_fx
    from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e

    torchao_fold_conv_bn_qat.remember_patterns()
    module = calibrated(prepare_qat_pt2e, net, x, quantizer(True), True)
    module = _convert_to_reference_decomposed_fx(move_exported_model_to_eval(module))
    before = torch.export.export(copy.deepcopy(module), (x,))
    return before, torch.export.export(qat_utils._fold_conv_bn_qat(module), (x,))


def fuse_qat(net, x, quantizer):
    """Quantization-aware training to the end; the program around ExecuTorch's FuseQATConvBN."""
    from executorch.backends.cadence.aot.quantizer.passes.fuse_ops import FuseQATConvBN
    from torchao.quantization.pt2e import move_exported_model_to_eval
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_qat_pt2e

    module = calibrated(prepare_qat_pt2e, net, x, quantizer(True), True)
    before = torch.export.export(convert_pt2e(move_exported_model_to_eval(module)), (x,))
    after = copy.deepcopy(before)
    FuseQATConvBN(after)(after.graph_module)
    return before, after


def biases(net, x, quantizer):
    """Quantization after training; the program around ExecuTorch's QuantizeFusedConvBnBiasAtenPass."""
    from executorch.backends.transforms.quantize_fused_convbn_bias_pass import QuantizeFusedConvBnBiasAtenPass
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    before = torch.export.export(convert_pt2e(calibrated(prepare_pt2e, net, x, quantizer(), False)), (x,))
    after = copy.deepcopy(before)
    QuantizeFusedConvBnBiasAtenPass(after, default_zero_bias=True)(after.graph_module)
    return before, after


def fuse_floats(net, x, quantizer):
    """No quantizer; the float program, and that of the net whose pairs of modules PyTorch's own functions fuse."""
    from torch import nn

    fused = copy.deepcopy(net)
    for module in list(fused.modules()):
        children = list(module.named_children())
        for (name, product), (norm_name, norm) in zip(children, children[1:]):
            if isinstance(norm, nn.modules.batchnorm._BatchNorm) and isinstance(
                    product, (nn.Linear, nn.modules.conv._ConvNd)):
                setattr(module, name, weight_passes.fuse_bn_eval(product, norm))
                setattr(module, norm_name, nn.Identity())
    # That modules stand side by side does not say that one reads the other.
    torch.testing.assert_close(fused(x), net(x), rtol=1e-4, atol=1e-4)
    return torch.export.export(net, (x,)), torch.export.export(fused, (x,))


AFTER_TRAINING = (("XNNPACK", xnnpack), ("Cadence", cadence), ("x86 Inductor", inductor), ("Qualcomm", qualcomm),
                  ("Arm", arm), ("NXP", nxp), ("Samsung", samsung))


def cases():
    """(architecture, quantizer's name, quantizer, pass's name, pass)"""
    names = list(model_nets.ARCHITECTURES)
    small = names[:8]
    found = [(name, "XNNPACK", xnnpack, "QuantizeFusedConvBnBias", biases) for name in names]
    found += [(name, "XNNPACK", xnnpack, "_fold_conv_bn_qat", fold_of_torchao) for name in names]
    found += [(name, "Cadence", cadence, "FuseQATConvBN", fuse_qat) for name in small]
    found += [(name, "x86 Inductor", inductor, "_fold_conv_bn_qat", fold_of_torchao) for name in small]
    found += [(name, title, quantizer, "QuantizeFusedConvBnBias", biases)
              for title, quantizer in AFTER_TRAINING[1:] for name in names[:2] + names[6:7]]
    found += [(name, "none (float)", None, "fuse_conv_bn_eval", fuse_floats) for name in names]
    return found


# Starts a command, which ends behind a minute of a processor, and prints its processor seconds and its peak memory in KB. A
# process of its own, as what a process is forked from counts in its peak.
LAUNCHER = """import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)"""


def measured(command):
    """(exit code, error output, processor seconds, peak memory in MB)"""
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *map(str, command)], capture_output=True, text=True,
                          check=True)
    code, seconds, memory = done.stdout.split()
    return int(code), done.stderr, float(seconds), int(memory) / 1024


def plain(reason):
    """A reason without what belongs to one node alone, such as the place that it begins with."""
    reason = re.sub(r"^\S+ \([\w.]+\): ", "", reason)
    return re.sub(r"\d[\d.e+]*", "N", re.sub(r"\([^)]*\)|\b\w+_\d+\b", "", reason.split(":")[0])).strip()[:110]


def made(case, folder):
    """The pair, written into the folder, and what is to be known of it; `why` where it cannot be made."""
    name, title, quantizer, pass_name, apply = cases()[case]
    out = {"case": case, "net": name, "quantizer": title, "pass": pass_name}
    try:
        net, x = model_nets.made(name)
        before, after = apply(net, x, quantizer)
        for part, program in zip(PARTS, (before, after)):
            torch.export.save(program, folder / f"{case}.{part}.pt2")
    except BaseException as error:  # some packages end the process where something is missing
        if isinstance(error, KeyboardInterrupt):
            raise
        text = str(error).strip()
        return {**out, "why": [f"{type(error).__name__}: {text.splitlines()[0][:140] if text else ''}"]}
    return {**out, "convs": sum(bool(CONVOLUTION.search(str(node.target))) for node in before.graph.nodes)}


def judged(known, folder):
    files = [folder / f"{known['case']}.{part}.pt2" for part in PARTS]
    report = folder / f"{known['case']}.report.json"
    report.unlink(missing_ok=True)
    code, said, seconds, memory = measured([PROGRAM, "verify", *files, "--json", report, "--quiet"])
    out = {**known, "seconds": round(seconds, 2), "memory_mb": round(memory),
           "files_mb": round(sum(f.stat().st_size for f in files) / 1e6, 1)}
    if code == -signal.SIGKILL or code == -signal.SIGXCPU:
        return {**out, "verdict": "ended", "why": ["over 60 s of a processor"]}
    if not report.is_file():
        return {**out, "verdict": "unusable", "why": [said.strip().split(".pt2: ", 1)[-1][:200] or f"exit code {code}"]}
    found = json.loads(report.read_text())
    sites = collections.Counter(site["verdict"] for site in found["sites"])
    reasons = collections.Counter(plain(one["reason"]) for one in found["unproved"])
    causes = {cause["rule"] for site in found["sites"] for tail in site["tails"] for cause in tail["causes"]
              if tail["verdict"] == "differs"}
    causes |= {fault["rule"] for fault in found["structure"] if fault["only_after"]}
    return {**out, "verdict": found["verdict"], "sites": dict(sites), "causes": sorted(causes),
            "why": [f"{reason} ({count})" for reason, count in reasons.most_common(4)]}


def main():
    arguments = sys.argv[1:]
    makes_alone = arguments[:1] == ["--make"]
    if len(arguments) < 2 + makes_alone:
        print(__doc__, file=sys.stderr)
        return 3
    folder = pathlib.Path(arguments[makes_alone])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for case in map(int, arguments[1 + makes_alone:]):
        kept = folder / f"{case}.made.json"
        if not kept.is_file():
            start = time.time()
            kept.write_text(json.dumps(made(case, folder)))
            print(f"case {case}: {time.time() - start:.0f} s", file=sys.stderr, flush=True)
        known = json.loads(kept.read_text())
        if not makes_alone:
            print(json.dumps({**known, "verdict": "not run"} if "why" in known else judged(known, folder)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
