// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "src/fold/norm_rules.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Folds each batch_norm in evaluation mode that stands behind a convolution or a linear into weight
// and bias, and removes it, where every guard (norm_guards.h) says that this is right. Float
// weights are multiplied; codes are computed anew, or keep their values and change their scales. A
// batch_norm that is left has a miss with the reason.
class FoldNorm : public ir::Pass {
 public:
  struct Options {
    // What no guard refuses but the constants do not allow as they are: a weight that others read
    // is copied, and a scale that cannot be had becomes a coarser one.
    bool repairs = true;
    CodesMode codes = CodesMode::kRequantize;
  };

  explicit FoldNorm(const Options& options, const NormRules& rules = {})
      : options_(options), rules_(rules) {}
  std::string_view name() const override { return "FoldConvBN"; }
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  Options options_;
  NormRules rules_;
};

}  // namespace foldproof::fold
