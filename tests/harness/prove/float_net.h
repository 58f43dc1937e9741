// SPDX-License-Identifier: BSD-3-Clause
//
// Float programs of convolutions and batch_norms, written one node at a time, and what
// torch.nn.utils.fusion makes of their weights, in the float32 arithmetic that it uses.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/constant_program.h"

namespace foldproof::prove::nets {

using Floats = std::vector<float>;
using Sizes = std::vector<std::int64_t>;

// One entry a channel of each.
struct Norm {
  Floats gamma, beta, mean, var;
  double eps = 1e-5;

  // weight * rsqrt(var + eps), as fuse_conv_bn_weights computes it.
  float Factor(std::size_t c) const {
    const float inverse = 1.0f / std::sqrt(var[c] + static_cast<float>(eps));
    return gamma[c] * inverse;
  }
  float Bias(std::size_t c, float bias) const { return (bias - mean[c]) * Factor(c) + beta[c]; }
  // The same in float64.
  double ExactFactor(std::size_t c) const {
    return static_cast<double>(gamma[c]) / std::sqrt(static_cast<double>(var[c]) + eps);
  }
  double ExactBias(std::size_t c, double bias) const {
    return (bias - static_cast<double>(mean[c])) * ExactFactor(c) + static_cast<double>(beta[c]);
  }
};

class FloatNet {
 public:
  using Arguments = ConstantProgram::Arguments;

  explicit FloatNet(const Sizes& input)
      : x_(program_.UserInput("x", ir::MakeTensorType(ir::ScalarType::kFloat32, input))) {}

  ir::ValueId x() const { return x_; }
  ConstantProgram& nodes() { return program_; }

  ir::ValueId Call(const std::string& target, const Arguments& arguments, const Sizes& sizes) {
    return program_.Node(Name("call"), target, arguments, ir::ScalarType::kFloat32, sizes);
  }
  ir::ValueId Constant(const Sizes& sizes, const Floats& numbers) {
    return program_.Floats(Name("constant"), sizes, numbers);
  }
  ir::ValueId Relu(ir::ValueId value) {
    return Call("aten.relu.default", {{"self", value}}, SizesOf(value));
  }
  ir::ValueId BatchNorm(ir::ValueId value, const Norm& norm) {
    const auto one = [&](const Floats& v) {
      return Constant({static_cast<std::int64_t>(v.size())}, v);
    };
    return Call("aten.batch_norm.default",
                {{"input", value},
                 {"weight", one(norm.gamma)},
                 {"bias", one(norm.beta)},
                 {"running_mean", one(norm.mean)},
                 {"running_var", one(norm.var)},
                 {"training", false},
                 {"momentum", 0.1},
                 {"eps", norm.eps},
                 {"cudnn_enabled", false}},
                SizesOf(value));
  }
  ir::ValueId Linear(ir::ValueId value, const Sizes& weight, const Floats& w, const Floats& b) {
    return Call("aten.linear.default",
                {{"input", value}, {"weight", Constant(weight, w)}, {"bias", Bias(b)}},
                {SizesOf(value)[0], weight[0]});
  }
  ir::ValueId Conv(ir::ValueId value, const Sizes& weight, const Floats& w, const Floats& b) {
    return Call("aten.conv2d.default",
                {{"input", value}, {"weight", Constant(weight, w)}, {"bias", Bias(b)}},
                {1, weight[0], SizesOf(value)[2], SizesOf(value)[3]});
  }
  // Kernel 2 and stride 2: every output element reads one kernel position of each input channel.
  ir::ValueId Transposed(ir::ValueId value, const Sizes& weight, const Floats& w, const Floats& b) {
    const Sizes in = SizesOf(value);
    return Call("aten.conv_transpose2d.input",
                {{"input", value},
                 {"weight", Constant(weight, w)},
                 {"bias", Bias(b)},
                 {"stride", Sizes{2, 2}}},
                {1, weight[1], 2 * in[2], 2 * in[3]});
  }
  ir::ArgumentValue Bias(const Floats& b) {
    if (b.empty()) return ir::None{};
    return Constant({static_cast<std::int64_t>(b.size())}, b);
  }

  ir::Program Return(const std::vector<ir::ValueId>& outputs) { return program_.Return(outputs); }

 private:
  Sizes SizesOf(ir::ValueId value) { return program_.program().graph.value(value).type->sizes(); }
  std::string Name(const std::string& kind) { return kind + std::to_string(counts_[kind]++); }

  ConstantProgram program_;
  std::map<std::string, int> counts_;
  ir::ValueId x_;
};

inline Verification Verified(const ir::Program& before, const ir::Program& after,
                             const ProveOptions& options = {}) {
  const Side b(before);
  const Side a(after);
  return Prove(b, a, options).verification;
}

}  // namespace foldproof::prove::nets
