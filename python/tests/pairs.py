# SPDX-License-Identifier: BSD-3-Clause
"""Two pairs of golden/pt2: one that a fold of ExecuTorch's lost something of, and one that holds."""
import pathlib

ROOT = pathlib.Path(__file__).parents[2]
GOLDEN = ROOT / "golden" / "pt2"
LOST = (GOLDEN / "default_conv2d_nobias.before.pt2", GOLDEN / "default_conv2d_nobias.after.pt2")
KEPT = (GOLDEN / "fused_conv2d_bias_relu.torchao_before.pt2", GOLDEN / "fused_conv2d_bias_relu.torchao_after.pt2")
