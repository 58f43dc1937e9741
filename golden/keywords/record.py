#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes spotter.before.pt2 and spotter.after.pt2 beside this file: a keyword spotter with drawn statistics, trained for
quantization under Cadence's quantizer, around ExecuTorch's FuseQATConvBN (script/compare_data).

usage: PYTHONPATH=python build/venv/bin/python golden/keywords/record.py        # script/venv --executorch
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "torch"))
import model_folds
import model_nets
import torch

net, x = model_nets.made("keyword spotter, 1-D")
with torch.no_grad():  # an untrained head gives one answer to everything; this one is centred, so that all answers occur
    sounds = torch.rand(256, *x.shape[1:], generator=torch.Generator().manual_seed(2)) * 2 - 1
    net.train()
    for _ in range(60):  # the running statistics become those of the sounds, as training has them
        net(sounds)
    net.eval()
    features = net.layers(sounds).mean(2)
    net.head.weight.div_(features.std(0) + 0.01)
    net.head.bias.copy_(-net.head.weight @ features.mean(0))
for part, program in zip(("before", "after"), model_folds.fuse_qat(net, x[:1], model_folds.cadence)):
    for node in program.graph.nodes:
        node.meta = {key: node.meta[key] for key in ("val", "tensor_meta") if key in node.meta}
    torch.export.save(program, HERE / f"spotter.{part}.pt2")
