// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "src/fold/fold_rules.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Gives convolutions a quantized int32 bias (docs/fold.md, "Biases"): of every kind, transposed and
// with `padding` as a word too; zeros where there was none. A constant that others read as well is
// copied, and what does not fit is left as it is, with the reason.
class QuantizeBias : public ir::Pass {
 public:
  struct Options {
    bool default_zero_bias = true;
    bool symmetric = false;  // codes from -2^31 + 1
    // Only where something is won by it: the conv's value goes into a quantizer, so a fold or a
    // fusion can use the bias. Elsewhere rounding a float bias is pure loss.
    bool only_before_quantizers = true;
  };

  // `rounded`, where there is one, gets what rounding left of each float bias.
  explicit QuantizeBias(const Options& options, const FoldRules& rules = {},
                        RoundedBiases* rounded = nullptr)
      : options_(options), rules_(rules), rounded_(rounded) {}
  std::string_view name() const override { return "QuantizeFusedConvBnBias"; }
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  Options options_;
  FoldRules rules_;
  RoundedBiases* rounded_;
};

}  // namespace foldproof::fold
