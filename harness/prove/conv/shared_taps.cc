// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/shared_taps.h"

#include <limits>
#include <map>
#include <vector>

#include "harness/prove/conv/element_identity.h"
#include "harness/prove/reach/tap_search.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kSharedSearchBudget = std::int64_t{1} << 20;

// Which element of its input (IdentifyElements) each tap of a window of the first image reads, in
// the order of WeightsOf; -1: a padding.
std::vector<std::int64_t> ElementsOf(const ir::Graph& graph, const ConvSide& side,
                                     std::size_t channel, const TapClass& tap_class,
                                     const std::vector<std::int64_t>& ids) {
  const auto sizes = graph.value(side.op.input).type->sizes();
  const std::size_t spatial = side.op.spatial();
  const std::size_t inputs = side.taps / side.kernel;
  const auto groups = static_cast<std::size_t>(side.op.groups);
  const std::size_t first = channel / (side.channels / groups) * inputs;
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < inputs; ++i) {
    for (const std::uint32_t k : tap_class.kernel_positions) {
      const auto at = InputPosition(graph, side.op, k, tap_class.output_position);
      auto linear = static_cast<std::int64_t>(first + i);
      for (std::size_t d = 0; at && d < spatial; ++d)
        linear = linear * sizes[sizes.size() - spatial + d] + (*at)[d];
      out.push_back(at ? ids.at(static_cast<std::size_t>(linear)) : -1);
    }
  }
  return out;
}

}  // namespace

std::optional<FoundTaps> FindSharedTaps(const exec::FunctionalView& view, const ConvSide& side,
                                        std::size_t channel, std::int64_t from, std::int64_t to,
                                        std::int64_t wish) {
  const auto ids = IdentifyElements(view, view.Read(side.node, side.op.input));
  if (!ids) return std::nullopt;
  for (const TapClass& tap_class : side.tap_classes) {
    const auto elements = ElementsOf(view.program().graph, side, channel, tap_class, *ids);
    const std::vector<std::int32_t> weights = WeightsOf(side, channel, tap_class);
    std::map<std::int64_t, std::size_t> taps;  // by element
    std::vector<std::int64_t> sums;
    for (std::size_t t = 0; t < weights.size(); ++t) {
      if (elements[t] < 0) continue;
      const auto [tap, added] = taps.emplace(elements[t], sums.size());
      if (added) sums.push_back(0);
      sums[tap->second] += weights[t];
    }
    std::vector<std::int32_t> merged;
    for (const std::int64_t sum : sums) {
      if (sum != static_cast<std::int32_t>(sum)) return std::nullopt;
      merged.push_back(static_cast<std::int32_t>(sum));
    }
    const TapSearch search = FindTaps(merged, side.numbers, from, to, wish, kSharedSearchBudget);
    if (search.answer != TapSearch::Answer::kFound) continue;
    FoundTaps found{search.accumulator, {}, &tap_class};
    for (const std::int64_t element : elements)
      found.x.push_back(element < 0 ? 0 : search.x[taps.at(element)]);
    return found;
  }
  return std::nullopt;
}

}  // namespace foldproof::prove
