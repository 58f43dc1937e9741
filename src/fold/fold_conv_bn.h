// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "src/fold/fold_rules.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Folds each chain that batch_norm undoes (conv_bn_chain.h) into the convolution's int32 bias, and
// removes chain and batch_norm, where every guard (chain_guards.h) says that this is right. A chain
// that is left has a miss with the reason. No node is added, but for a second dequantize where two
// convolutions share one for their bias.
class FoldConvBn : public ir::Pass {
 public:
  // What happens to the quantizer between convolution and chain, which was calibrated before C came
  // in: nothing; or it goes where another quantizer follows anyway, and else gets parameters that
  // hold the shifted range. Where there is none both are the same.
  enum class Quantizer { kKeep, kRepair };

  // `rounded`, where there is one, outlives the pass.
  explicit FoldConvBn(Quantizer quantizer, const FoldRules& rules = {},
                      const RoundedBiases* rounded = nullptr)
      : quantizer_(quantizer), rules_(rules), rounded_(rounded) {}
  std::string_view name() const override { return "FoldQATConvBN"; }
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  Quantizer quantizer_;
  FoldRules rules_;
  const RoundedBiases* rounded_;
};

}  // namespace foldproof::fold
