// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/fold/quant_fusion/quant_fusion_patterns.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// The fusions of docs/quant_fusion.md, "Guarded", among `patterns`.
ir::PassReport GuardedQuantFusion(ir::Editor& editor, const std::vector<FusionPattern>& patterns);

}  // namespace foldproof::fold
