// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "src/ir/pass.h"

namespace foldproof::fold {

// Bias quantization as ExecuTorch 1.5.1 does it (backends/transforms/
// quantize_fused_convbn_bias_pass.py), with its holes; docs/fold.md lists them.
class UpstreamQuantizeBias : public ir::Pass {
 public:
  // Which convolutions it looks at: QuantizeFusedConvBnBiasAtenPass does not know conv1d,
  // FuseQATConvBN's own preparation does. Neither knows the `padding` overloads.
  enum class Targets { kAtenPass, kFuseQatConvBn };

  struct Options {
    Targets targets = Targets::kAtenPass;
    bool default_zero_bias = true;  // a conv without bias gets one of zeros
    bool symmetric = false;         // codes from -2^31 + 1
  };

  explicit UpstreamQuantizeBias(const Options& options) : options_(options) {}
  std::string_view name() const override { return "QuantizeFusedConvBnBias"; }
  // Throws Error(kInput) that names the node where ExecuTorch raises an exception.
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  Options options_;
};

}  // namespace foldproof::fold
