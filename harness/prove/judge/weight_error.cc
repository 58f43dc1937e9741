// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/weight_error.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "harness/prove/judge/coefficient_gap.h"

namespace foldproof::prove {
namespace {

constexpr double kFloatSlack = 0x1p-20;  // of slopes that float32 constants make

}  // namespace

double CodeStepOf(const ConvSide& side, std::size_t channel) {
  return static_cast<double>(static_cast<float>(side.input_params.scale)) *
         std::abs(side.weight_scales[channel]);
}

double WeightError(const ConvSide& before, const ConvSide& side, std::size_t channel,
                   std::span<const std::int32_t> was, std::span<const std::int32_t> weights,
                   std::optional<double> ratio) {
  const auto x = static_cast<double>(
      std::max(std::abs(side.input_range.low), std::abs(side.input_range.high)));
  double steps = 0;
  for (const double code : side.CodeStepsOf(channel)) steps += kCodeAllowance * code;
  if (steps > 0) return steps * x * CodeStepOf(side, channel);
  const bool same_scale = ratio && !before.real && !side.real &&
                          before.weight_scales[channel] == side.weight_scales[channel];
  if (!same_scale && !side.float_weights) {
    // What adding them one by one gives: multiples of 2^-10, of which no sum is rounded.
    return kCodeAllowance * static_cast<double>(weights.size()) * x * CodeStepOf(side, channel);
  }
  for (std::size_t t = 0; t < weights.size(); ++t) {
    const double w = std::abs(static_cast<double>(weights[t]));
    if (same_scale && was[t] == weights[t]) {
      steps += std::min(kCodeAllowance, (std::abs(*ratio - 1) + kFloatSlack) * w);
      continue;
    }
    const double scale = std::abs(side.weight_scales[channel]);
    steps += side.float_weights ? kFloatAllowance * side.weight_format.StepBound(w * scale) / scale
                                : kCodeAllowance;
  }
  return steps * x * CodeStepOf(side, channel);
}

double CodeError(const ConvSide& before, const ConvSide& after, std::size_t channel,
                 std::span<const std::int32_t> was, std::span<const std::int32_t> is) {
  const std::vector<double> remainders = before.RemaindersOf(channel);
  if (remainders.empty()) return 0;
  const bool same_scale = before.weight_scales[channel] == after.weight_scales[channel];
  const auto x = static_cast<double>(
      std::max(std::abs(before.input_range.low), std::abs(before.input_range.high)));
  double codes = 0;
  for (std::size_t t = 0; t < remainders.size(); ++t) {
    if (!same_scale || after.real || was[t] != is[t]) codes += std::abs(remainders[t]);
  }
  return codes * x * CodeStepOf(before, channel);
}

}  // namespace foldproof::prove
