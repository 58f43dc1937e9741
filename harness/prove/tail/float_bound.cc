// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/float_bound.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/constants/model_nodes.h"

namespace foldproof::prove {
namespace {

// What the sums of a bound, and the difference of two float32 numbers in float64, are rounded by.
constexpr double kBoundRounding = 64 * kUnit;

double MiddleOf(std::int64_t from, std::int64_t to) {
  return (static_cast<double>(from) + static_cast<double>(to)) / 2;
}
double RadiusOf(std::int64_t from, std::int64_t to) {
  return (static_cast<double>(to) - static_cast<double>(from)) / 2;
}

}  // namespace

bool FloatBound::Model(const FloatEnd& end, std::int64_t from, std::int64_t to,
                       std::vector<TaylorModel>& registers) {
  return ModelRegisters(end.tail, Arithmetic::kFloat32, MiddleOf(from, to), RadiusOf(from, to),
                        end.frontier.path, registers);
}

bool FloatBound::IsBeforeFinite(std::int64_t from, std::int64_t to) {
  return Model(before_, from, to, before_models_);
}

std::optional<FloatBound::Apart> FloatBound::Over(std::int64_t from, std::int64_t to) {
  if (!Model(before_, from, to, before_models_) || !Model(after_, from, to, after_models_)) {
    return std::nullopt;
  }
  const TaylorModel apart =
      after_models_[after_.frontier.reg] - before_models_[before_.frontier.reg];
  const double size = apart.Size() + apart.rest;
  const LargestNode largest = FindLargestNode(apart);
  const double most = std::min(size, largest.size + RiseBetweenNodes(apart));
  const double least = std::abs(apart.c[0]) - apart.Spread();
  const double at = MiddleOf(from, to) + RadiusOf(from, to) * NodeAt(largest.node);
  return Apart{std::max(0.0, least - kBoundRounding * size), most + kBoundRounding * size,
               std::clamp(static_cast<std::int64_t>(std::llround(at)), from, to)};
}

}  // namespace foldproof::prove
