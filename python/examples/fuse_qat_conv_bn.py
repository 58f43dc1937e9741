# SPDX-License-Identifier: BSD-3-Clause
"""ExecuTorch's FuseQATConvBN as a worker: foldproof fuzz --pass 'python fuse_qat_conv_bn.py' --seconds 60"""
import foldproof
from executorch.backends.cadence.aot.quantizer.passes.fuse_ops import FuseQATConvBN


def fold(program):
    result = FuseQATConvBN(program)(program.graph_module)
    return foldproof.with_outputs_named(program) if result.modified else None


if __name__ == "__main__":
    foldproof.worker(fold, name="FuseQATConvBN")
