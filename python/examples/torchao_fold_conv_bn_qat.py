# SPDX-License-Identifier: BSD-3-Clause
"""TorchAO's _fold_conv_bn_qat as a worker. It folds a GraphModule, so the program is exported again."""
import foldproof
import torch
from torchao.quantization.pt2e.qat_utils import _fold_conv_bn_qat


def fold(program):
    names = set(program.graph_signature.user_inputs)
    values = [node.meta["val"] for node in program.graph.nodes if node.op == "placeholder" and node.name in names]
    inputs = tuple(torch.zeros(value.shape, dtype=value.dtype) for value in values)
    return torch.export.export(_fold_conv_bn_qat(program.module()), inputs)


if __name__ == "__main__":
    foldproof.worker(fold, name="_fold_conv_bn_qat")
