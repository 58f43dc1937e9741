# SPDX-License-Identifier: BSD-3-Clause
"""TorchAO's _fold_conv_bn_qat as a worker. It folds a GraphModule, so the program is exported again."""
import copy
import functools

import foldproof
import torch
from torchao.quantization.pt2e import qat_utils


def remember_patterns():
    """The pass exports its hundred patterns anew for each program, which takes a minute; they are the same each time."""
    graph_of, known = qat_utils._get_aten_graph_module_for_pattern, {}
    for name in ("_get_quantized_qat_conv_bn_pattern", "_get_folded_quantized_qat_conv_bn_pattern"):
        setattr(qat_utils, name, functools.cache(getattr(qat_utils, name)))

    def remembered(pattern, *arguments, **options):
        if pattern not in known:  # functools.cache gives the same object, and keeps it
            known[pattern] = graph_of(pattern, *arguments, **options)
        return copy.deepcopy(known[pattern])

    qat_utils._get_aten_graph_module_for_pattern = remembered


def fold(program):
    names = set(program.graph_signature.user_inputs)
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    inputs = tuple(torch.zeros(value.shape, dtype=value.dtype) for value in values)
    return torch.export.export(qat_utils._fold_conv_bn_qat(program.module()), inputs)


if __name__ == "__main__":
    remember_patterns()
    foldproof.worker(fold, name="_fold_conv_bn_qat")
