// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "src/ir/op.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Calls `fold(id)` for each batch_norm, in the order of execution, and notes the Miss that it
// gives. What a fold left without a reader is erased at the end, if `report` has a rewriting.
template <typename Fold>
void FoldEachBatchNorm(ir::Editor& editor, ir::PassReport& report, Fold&& fold) {
  const std::vector<ir::NodeId> order = editor.Order();
  for (const ir::NodeId id : order) {
    if (!std::holds_alternative<ir::BatchNorm>(editor.graph().node(id).op)) continue;
    if (std::optional<ir::Miss> miss = fold(id)) report.missed.push_back(std::move(*miss));
  }
  if (report.changed()) editor.EraseDead();
}

}  // namespace foldproof::fold
