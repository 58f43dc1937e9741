// SPDX-License-Identifier: BSD-3-Clause
//
// Folding a batch_norm into weight and bias is right where batch_norm multiplies each channel of
// the product by one finite number, and where nobody else sees what changes.
#include "src/fold/norm_guards.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <string>

namespace foldproof::fold {
namespace {

using ir::Miss;
using ir::Node;

using Outcome = std::optional<Miss>;

const Node& NodeOfPair(const NormCandidate& c, ir::NodeId id) { return c.program->graph.node(id); }

// batch_norm's channel is dimension 1. That of a convolution is too, but for an unbatched input,
// whose channels are dimension 0; a linear's is the last dimension.
Outcome BatchedPair(const NormCandidate& c) {
  const Node& product = NodeOfPair(c, c.pair.product);
  const auto& type = c.program->graph.value(product.outputs.front()).type;
  if (type && type->rank() == c.pair.value_rank) return std::nullopt;
  return Miss{"axis-mismatch", NodeOfPair(c, c.pair.norm).name,
              "dimension 1 of its input is not the output channels of " + product.name};
}

Outcome OneReaderOfPair(const NormCandidate& c) {
  const Node& product = NodeOfPair(c, c.pair.product);
  if (c.program->graph.users(product.outputs.front()).size() == 1) return std::nullopt;
  return Miss{"other-user-changed", product.name, "someone besides batch_norm reads its value"};
}

Outcome StatisticsUnread(const NormCandidate& c) {
  const Node& norm = NodeOfPair(c, c.pair.norm);
  for (std::size_t i = 1; i < norm.outputs.size(); ++i) {
    if (c.program->graph.users(norm.outputs[i]).empty()) continue;
    return Miss{"other-user-changed", norm.name, "someone reads its statistics"};
  }
  return std::nullopt;
}

// f32(variance + f32(eps)), as PyTorch computes it, must be a number above 0.
Outcome FinitePair(const NormCandidate& c) {
  const PairNumbers& n = c.numbers;
  for (std::size_t i = 0; i < n.gamma.size(); ++i) {
    const auto shifted =
        static_cast<float>(n.variance[i] + static_cast<double>(static_cast<float>(n.eps)));
    const bool finite = std::isfinite(n.gamma[i]) && std::isfinite(n.beta[i]) &&
                        std::isfinite(n.mean[i]) && std::isfinite(n.bias[i]) &&
                        std::isfinite(shifted) && shifted > 0;
    if (finite) continue;
    return Miss{"nonfinite", NodeOfPair(c, c.pair.norm).name,
                "a parameter of channel " + std::to_string(i) +
                    " is NaN or infinite, or its variance plus eps is not above 0"};
  }
  return std::nullopt;
}

// A weight of NaN or infinity makes every sum of its channel undefined, gamma = 0 included.
Outcome FiniteWeight(const NormCandidate& c) {
  bool finite = true;
  for (const float weight : c.floats) finite &= std::isfinite(weight);
  if (c.codes) {
    for (const double scale : c.codes->scales) finite &= std::isfinite(scale) && scale > 0;
  }
  if (finite) return std::nullopt;
  return Miss{"nonfinite", NodeOfPair(c, c.pair.product).name,
              "its weight is NaN or infinite somewhere"};
}

// The largest number that the product reads. Of floats nothing is known; 1 is what is common.
double LargestInputOf(const NormCandidate& c) {
  if (!c.input) return 1;
  const ir::QuantParams& q = *c.input;
  const auto codes = std::max(std::abs(q.quant_min - q.zero_point), q.quant_max - q.zero_point);
  return static_cast<double>(codes) * static_cast<double>(static_cast<float>(q.scale));
}

// |b| + sum of |w| · max|x| of each channel: the most that the product's value can be.
std::vector<double> LargestProducts(const NormCandidate& c) {
  const WeightShape& shape = c.pair.shape;
  std::vector<double> out(shape.channels(), 0);
  const auto add = [&](std::size_t element, double weight) {
    out[ChannelOf(shape, element)] += std::abs(weight);
  };
  for (std::size_t i = 0; i < c.floats.size(); ++i) add(i, static_cast<double>(c.floats[i]));
  for (std::size_t i = 0; c.codes && i < c.codes->values.size(); ++i) {
    const std::size_t entry = EntryOf(shape, c.codes->per_channel, ChannelOf(shape, i));
    add(i, static_cast<double>(c.codes->values[i] - c.codes->zero_points[entry]) *
               c.codes->scales[entry]);
  }
  const double input = LargestInputOf(c);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = out[i] * input + std::abs(c.numbers.bias[i]);
  return out;
}

// No input may take the product's value v out of float32, nor anything that batch_norm makes of it,
// (v - mean) / sqrt(variance + eps), that times gamma, or the sum with beta: after the fold other
// numbers would be infinite. Half of what float32 holds leaves room for all roundings.
Outcome FiniteValue(const NormCandidate& c) {
  const PairNumbers& n = c.numbers;
  const std::vector<double> products = LargestProducts(c);
  for (std::size_t i = 0; i < products.size(); ++i) {
    const double inverse = 1 / std::sqrt(n.variance[i] + n.eps);
    const double normed =
        (products[i] + std::abs(n.mean[i])) * inverse * std::max(1.0, std::abs(n.gamma[i]));
    if (std::max(products[i], normed + std::abs(n.beta[i])) <= double{FLT_MAX} / 2) continue;
    return Miss{"nonfinite", NodeOfPair(c, c.pair.norm).name,
                "some input takes channel " + std::to_string(i) + " out of float32"};
  }
  return std::nullopt;
}

constexpr NormGuard kNormGuards[] = {
    {"batched", BatchedPair},
    {"one-reader", OneReaderOfPair},
    {"statistics-unread", StatisticsUnread},
    {"finite", FinitePair},
    {"finite-weight", FiniteWeight},
    {"finite-value", FiniteValue},
};

}  // namespace

std::span<const NormGuard> NormGuards() { return kNormGuards; }

std::optional<Miss> FirstFailure(const NormCandidate& candidate,
                                 std::span<const NormGuard> guards) {
  for (const NormGuard& guard : guards) {
    if (auto miss = guard.check(candidate)) return miss;
  }
  return std::nullopt;
}

}  // namespace foldproof::fold
