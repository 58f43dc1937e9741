// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion.h"

#include "src/fold/quant_fusion/quant_fusion_guarded.h"
#include "src/fold/quant_fusion/quant_fusion_upstream.h"

namespace foldproof::fold {

ir::PassReport QuantFusion::Run(ir::Editor& editor) const {
  switch (options_.mode) {
    case Mode::kUpstream: return UpstreamQuantFusion(editor, options_.patterns);
    case Mode::kGuarded: return GuardedQuantFusion(editor, options_.patterns);
  }
  return {};
}

}  // namespace foldproof::fold
