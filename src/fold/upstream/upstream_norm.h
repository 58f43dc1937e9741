// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "src/ir/pass.h"

namespace foldproof::fold {

// Whose folding of a batch_norm into float weights is reproduced.
enum class UpstreamNormPass {
  kFx,          // torch.fx.experimental.optimization.fuse, by way of fuse_conv_bn_eval
  kXnnpack,     // ExecuTorch's FuseBatchNormPass of XNNPACK
  kTransforms,  // ExecuTorch's FuseBatchNormWithConvPass of backends/transforms
};

// What the parameters become as PyTorch 2.13 computes it, each operation rounded to float32
// (docs/fold.md, eq. 15).
struct NormVectors32 {
  std::vector<float> gamma, beta, mean, variance, bias;  // gamma 1, beta and bias 0 where none is
  double eps = 0;
};
std::vector<float> Factors32(const NormVectors32& vectors);
std::vector<float> ConvBiases32(const NormVectors32& vectors);
std::vector<float> LinearBiases32(const NormVectors32& vectors);

// The fold of batch_norm into float weights as PyTorch 2.13 and ExecuTorch 1.5.1 do it, with its
// holes: kFx changes a weight under its other readers; kTransforms takes dimension 0 of a
// transposed convolution's weight for its output channels.
class UpstreamNorm : public ir::Pass {
 public:
  explicit UpstreamNorm(UpstreamNormPass pass) : pass_(pass) {}
  std::string_view name() const override { return "FoldConvBN"; }
  // Throws Error(kInput) that names the node where PyTorch raises an exception.
  ir::PassReport Run(ir::Editor& editor) const override;

 private:
  UpstreamNormPass pass_;
};

}  // namespace foldproof::fold
