// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/fold/quant_fusion/quant_fusion_patterns.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// QuantFusionPass(patterns) of ExecuTorch 1.5.1, hole for hole. Throws Error(kInput) where Python
// raises, and at a gru whose four parameters are dequantized, which is not reproduced.
ir::PassReport UpstreamQuantFusion(ir::Editor& editor, const std::vector<FusionPattern>& patterns);

}  // namespace foldproof::fold
