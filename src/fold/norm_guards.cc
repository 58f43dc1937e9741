// SPDX-License-Identifier: BSD-3-Clause
//
// Folding a batch_norm into weight and bias is right where batch_norm multiplies each channel of
// the product by one finite number, and where nobody else sees what changes.
#include "src/fold/norm_guards.h"

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

constexpr NormGuard kNormGuards[] = {
    {"batched", BatchedPair},
    {"one-reader", OneReaderOfPair},
    {"statistics-unread", StatisticsUnread},
    {"finite", FinitePair},
    {"finite-weight", FiniteWeight},
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
