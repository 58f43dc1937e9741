// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <vector>

#include "src/fold/quant_fusion/quant_fusion_patterns.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Puts one quantized operator of ExecuTorch for each dequantize - operator - quantize
// (docs/quant_fusion.md).
class QuantFusion : public ir::Pass {
 public:
  enum class Mode {
    kUpstream,  // QuantFusionPass of ExecuTorch 1.5.1, hole for hole; no misses are reported
    kGuarded,   // what computes the same, up to its own rounding; each other has its reason
  };
  struct Options {
    Mode mode = Mode::kGuarded;
    // kUpstream: in this order. kGuarded: which chains may be fused; the order does not matter.
    std::vector<FusionPattern> patterns = PatternsOf(PatternSet::kFusedConvRelu);
  };

  explicit QuantFusion(Options options) : options_(std::move(options)) {}
  std::string_view name() const override { return "QuantFusion"; }
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  Options options_;
};

}  // namespace foldproof::fold
