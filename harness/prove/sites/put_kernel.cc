// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/put_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/prove/tail/build_tail.h"
#include "src/base/checked.h"

namespace foldproof::prove {
namespace {

constexpr char kNoKernel[] = "no integer kernel computes this: ";

// Builds the kernel of one conv, quantizer by quantizer.
class KernelBuilder {
 public:
  KernelBuilder(const FunctionalView& view, exec::Kernel kernel, const SiteSide& side)
      : view_(view), kernel_(kernel), side_(side), tail_(side.tail) {}

  std::string Run() {
    if (side_.search.first_quantizers.empty())
      return std::string(kNoKernel) + "nothing quantizes it";
    if (side_.search.has_partial_quantizer) {
      return std::string(kNoKernel) + "a quantizer's input is only partly behind another quantizer";
    }
    for (std::size_t f = 0; f < tail_.frontiers.size(); ++f) {
      if (!side_.search.is_cut[f]) {
        return kNoKernel + DescribeFrontier(view_, tail_.frontiers[f]) +
               " reads the convolution's value before a quantizer";
      }
    }
    for (const SearchPlan::Quantizer& quantizer : side_.search.first_quantizers) {
      if (std::string why = Put(quantizer); !why.empty()) return why;
    }
    for (Frontier& frontier : tail_.frontiers) {
      frontier.path = PathTo(tail_.instructions, frontier.reg);
    }
    return {};
  }

  Tail TakeTail() { return std::move(tail_); }

 private:
  std::string Put(const SearchPlan::Quantizer& quantizer);
  std::string AddChannels(tail_op::KernelConstants& constants, double output_scale) const;

  const FunctionalView& view_;
  exec::Kernel kernel_;
  const SiteSide& side_;
  Tail tail_;
};

std::string KernelBuilder::Put(const SearchPlan::Quantizer& quantizer) {
  TailOperator& op = tail_.instructions[quantizer.instruction].op;
  const ir::QuantParams q = ParamsOf(op);
  if (q.dtype != ir::ScalarType::kInt8 && q.dtype != ir::ScalarType::kUInt8 &&
      q.dtype != ir::ScalarType::kInt16) {
    return std::string(kNoKernel) + "its quantizer gives " + std::string(ir::Name(q.dtype));
  }
  exec::Activation activation;
  for (const std::uint32_t index : quantizer.path) {
    const TailInstruction& between = side_.tail.instructions[index];
    const auto one = ActivationOf(between.op);
    if (!one) {
      return kNoKernel + view_.program().graph.node(between.node).target +
             " stands between the convolution and its quantizer";
    }
    activation.Then(*one);
  }
  tail_op::KernelConstants constants;
  if (std::string why = AddChannels(constants, q.scale); !why.empty()) return why;
  if (activation.low) constants.low = exec::CodeOfBound(*activation.low, q.scale, q.zero_point);
  if (activation.high) constants.high = exec::CodeOfBound(*activation.high, q.scale, q.zero_point);
  op = tail_op::Requantize{{0}, q, activation.low, activation.high, std::move(constants)};
  return {};
}

std::string KernelBuilder::AddChannels(tail_op::KernelConstants& constants,
                                       double output_scale) const {
  const ConvSide& conv = side_.conv;
  const double input_scale = conv.input_params.scale;
  for (std::size_t c = 0; c < conv.channels; ++c) {
    const auto bias = BiasInAccumulator(conv, c);
    if (!bias) {
      const bool is_float = conv.bias.kind == ConvBias::Kind::kFloat;
      return std::string(kNoKernel) +
             (is_float ? "its bias is a float" : "its bias has other steps than its accumulator");
    }
    if (!FitsInt32(*bias)) return std::string(kNoKernel) + "its bias is no int32";
    const double weight_scale = conv.weight_scales[c];
    const double real = exec::RealMultiplier(input_scale, weight_scale, output_scale);
    const auto requantizer = exec::Requantizer::Make(kernel_, real);
    if (!requantizer) {
      return fmt::format("{}it holds no multiplier of {:g}", kNoKernel, real);
    }
    const double step = static_cast<double>(static_cast<float>(input_scale)) * weight_scale;
    const double bias_step = conv.bias.steps.empty() ? step : conv.bias.steps[c];
    constants.channels.push_back(
        {*bias, *requantizer, step, std::abs(static_cast<double>(*bias) * (bias_step - step))});
  }
  return {};
}

}  // namespace

std::string PutKernel(const FunctionalView& view, exec::Kernel kernel, SiteSide& side) {
  KernelBuilder builder(view, kernel, side);
  if (std::string why = builder.Run(); !why.empty()) return why;
  side.tail = builder.TakeTail();
  side.search = PlanSearch(side.tail);
  return {};
}

}  // namespace foldproof::prove
