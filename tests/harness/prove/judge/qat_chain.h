// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {

// The chain that quantization-aware training leaves behind a conv of one channel:
//   s = numerator / sqrt(variance + eps)
//   y = (v / s + alpha * bias - mean) * gamma / sqrt(var + norm_eps) + beta
// As it stands here s = 2 / sqrt(3 + 1) = 1 and batch_norm multiplies by 1: y = v.
struct QatChain {
  float numerator = 2;
  float variance = 3;
  double eps = 1;
  std::optional<float> bias;
  double alpha = 1;
  float gamma = 2;
  float beta = 0;
  float mean = 0;
  float var = 3;
  double norm_eps = 1;
};

// Its nodes are called sum, root, s, s_shaped, scaled, biased, each behind `prefix`, and
// batch_norm.
inline ir::ValueId AddChain(ConvProgram& p, ir::ValueId value, const QatChain& chain,
                            const std::string& prefix = "") {
  const auto node = [&](const std::string& name, const std::string& target,
                        const ConvProgram::Arguments& arguments, std::vector<std::int64_t> sizes) {
    return p.nodes().Node(prefix + name, target, arguments, ir::ScalarType::kFloat32, sizes);
  };
  const auto stored = [&](const std::string& name, float number) {
    return p.nodes().Floats(prefix + name, {1}, {number});
  };
  const std::vector<std::int64_t> shaped{1, 1, 1, 1};
  const ir::ValueId sum =
      node("sum", "aten.add.Tensor",
           {{"self", stored("variance", chain.variance)}, {"other", chain.eps}}, {1});
  const ir::ValueId root = node("root", "aten.sqrt.default", {{"self", sum}}, {1});
  const ir::ValueId s =
      node("s", "aten.div.Tensor",
           {{"self", stored("numerator", chain.numerator)}, {"other", root}}, {1});
  const ir::ValueId s_shaped =
      node("s_shaped", "aten.reshape.default", {{"self", s}, {"shape", shaped}}, shaped);
  ir::ValueId out =
      node("scaled", "aten.div.Tensor", {{"self", value}, {"other", s_shaped}}, p.Image(1));
  if (chain.bias) {
    const ir::ValueId bias = p.PerChannel({*chain.bias});
    ConvProgram::Arguments arguments{{"self", out}, {"other", bias}};
    if (chain.alpha != 1) arguments.emplace_back("alpha", chain.alpha);
    out = node("biased", "aten.add.Tensor", arguments, p.Image(1));
  }
  return p.BatchNorm(out, {chain.gamma}, {chain.beta}, {chain.mean}, {chain.var}, chain.norm_eps);
}

}  // namespace foldproof::prove
