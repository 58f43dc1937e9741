// SPDX-License-Identifier: BSD-3-Clause
//
// The patterns of CadenceW8A32MixedQuantizer: float32 input, quantized weight and bias, no
// quantizer behind. ExecuTorch's, hole for hole; whether they fused is returned.
#pragma once

#include "src/fold/quant_fusion/quant_fusion_mirror.h"

namespace foldproof::fold {

bool FuseMixedLinear(FxMirror& mirror, FxId id);
bool FuseMixedConv(FxMirror& mirror, FxId id);
// Throws Error(kInput) at a gru that ExecuTorch would fuse, which is not reproduced.
bool RefuseGru(const FxMirror& mirror, FxId id);

}  // namespace foldproof::fold
