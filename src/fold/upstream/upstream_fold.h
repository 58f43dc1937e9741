// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "src/ir/pass.h"

namespace foldproof::fold {

// The fold as ExecuTorch 1.5.1 does it (backends/cadence/aot/quantizer/passes/fuse_ops.py,
// FuseQATConvBN: its own bias preparation, then the fold), with its holes; docs/fold.md lists them.
// One thing is better: the signature stays true where a program output is replaced, since what
// ExecuTorch leaves there cannot be saved.
class UpstreamFold : public ir::Pass {
 public:
  explicit UpstreamFold(bool default_zero_bias = true) : default_zero_bias_(default_zero_bias) {}
  std::string_view name() const override { return "FuseQATConvBN"; }
  // Throws Error(kInput) that names the node where ExecuTorch raises an exception.
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  bool default_zero_bias_;
};

}  // namespace foldproof::fold
