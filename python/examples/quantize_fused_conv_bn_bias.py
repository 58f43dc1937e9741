# SPDX-License-Identifier: BSD-3-Clause
"""ExecuTorch's QuantizeFusedConvBnBiasAtenPass as a worker, for foldproof verify|fuzz --pass."""
import foldproof
from executorch.backends.transforms.quantize_fused_convbn_bias_pass import QuantizeFusedConvBnBiasAtenPass


def fold(program):
    result = QuantizeFusedConvBnBiasAtenPass(program, default_zero_bias=True)(program.graph_module)
    return foldproof.with_outputs_named(program) if result.modified else None


if __name__ == "__main__":
    foldproof.worker(fold, name="QuantizeFusedConvBnBiasAtenPass")
