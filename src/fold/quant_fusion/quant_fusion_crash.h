// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "src/fold/quant_fusion/quant_fusion_patterns.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Where QuantFusion(patterns), QuantFusionPass's predecessor, raises in ExecuTorch 1.5.1
// (docs/quant_fusion.md, "Crashes"). The first is the one that a run ends with; the others
// are those that it would meet were the ones before passed over. rule is "quant-fusion-crash", node
// the operator at which it happens, detail begins with the exception as Python prints it.
struct PredecessorOutcome {
  std::vector<ir::Miss> crashes;
  std::vector<std::string> calls;  // the operators afterwards, in their order
};

PredecessorOutcome RunPredecessor(const ir::Program& program,
                                  const std::vector<FusionPattern>& patterns);

// Its crashes.
std::vector<ir::Miss> QuantFusionCrashes(const ir::Program& program,
                                         const std::vector<FusionPattern>& patterns);

}  // namespace foldproof::fold
