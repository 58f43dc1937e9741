// SPDX-License-Identifier: BSD-3-Clause
//
// Guards that are not asked. There is none for "bias-length": a bias of another length than the
// channels is an error of PyTorch's before any fold. "finite" alone would not show either: what it
// refuses, "defined" or the range of the codes refuses next.
#include <cmath>
#include <deque>
#include <limits>

#include "harness/mutants/mutant_kinds.h"
#include "src/base/error.h"

namespace foldproof::mutants {
namespace {

using fold::Candidate;
using fold::Guard;
using fold::Policy;

// The guards in their order but for one, which is left out, or asked in another way.
class GuardLists {
 public:
  std::span<const Guard> Without(std::string_view name) { return Changed(name, nullptr, name); }
  std::span<const Guard> WithoutBoth(std::string_view a, std::string_view b) {
    return Changed(a, nullptr, b);
  }
  using Check = decltype(Guard::check);
  std::span<const Guard> With(std::string_view name, Check check) {
    return Changed(name, check, name);
  }

 private:
  std::span<const Guard> Changed(std::string_view a, Check check, std::string_view b) {
    std::vector<Guard> list;
    for (const Guard& guard : fold::Guards()) {
      if (guard.name != a && guard.name != b) {
        list.push_back(guard);
      } else if (check != nullptr) {
        list.push_back({guard.name, check});
      }
    }
    FP_CHECK(list.size() < fold::Guards().size() || check != nullptr);
    return lists_.emplace_back(std::move(list));
  }
  std::deque<std::vector<Guard>> lists_;
};

std::optional<ir::Miss> AskReaders(const Candidate& candidate,
                                   std::vector<std::optional<ir::NodeId>> nodes) {
  const ir::Graph& graph = candidate.program->graph;
  for (const auto& id : nodes) {
    if (!id) continue;
    const ir::Node& node = graph.node(*id);
    if (graph.users(node.outputs.front()).size() == 1) continue;
    return ir::Miss{"other-user-changed", node.name, "someone outside of the chain reads it"};
  }
  return std::nullopt;
}

// "one-reader", but who reads the convolution's value is not looked at.
std::optional<ir::Miss> ReadersBehindConv(const Candidate& candidate) {
  const fold::ConvBnChain& chain = candidate.chain;
  return AskReaders(candidate, {chain.quantize, chain.dequantize, chain.div});
}

// "one-reader", but who reads the quotient or the sum is not looked at.
std::optional<ir::Miss> ReadersBeforeDivision(const Candidate& candidate) {
  const fold::ConvBnChain& chain = candidate.chain;
  return AskReaders(candidate, {chain.conv, chain.quantize, chain.dequantize});
}

// q' = q + rint(C / s), and x86's conversion to int32: NaN becomes -2^31.
std::optional<std::vector<std::int32_t>> CodesWithNan(const fold::QuantizedBias& bias,
                                                      const std::vector<double>& corrections,
                                                      std::size_t& channel) {
  std::vector<std::int32_t> codes;
  for (channel = 0; channel < corrections.size(); ++channel) {
    const double code = static_cast<double>(bias.values[channel]) +
                        std::rint(corrections[channel] / bias.Scale(channel));
    if (code < -2147483648.0 || code > 2147483647.0) return std::nullopt;
    codes.push_back(std::isnan(code) ? std::numeric_limits<std::int32_t>::min()
                                     : static_cast<std::int32_t>(code));
  }
  return codes;
}

}  // namespace

std::vector<Mutant> GuardMutants() {
  static GuardLists lists;
  struct Row {
    std::string_view name, guard, breaks;
  };
  constexpr Row kRows[] = {
      {"batched-unasked", "batched", "guard batched: unbatched values are folded"},
      {"scale-axis-unasked", "scale-axis", "guard scale-axis: any axis is a channel axis"},
      {"bias-axis-unasked", "bias-axis", "guard bias-axis: any axis is a channel axis"},
      {"rounding-mode-unasked", "plain-division", "guard plain-division: a rounded one is folded"},
      {"value-alpha-unasked", "value-alpha", "guard value-alpha: alpha on the value is ignored"},
      {"one-reader-unasked", "one-reader", "guard one-reader: other readers are ignored"},
      {"same-codes-unasked", "same-codes", "guard same-codes: dequantize may have other codes"},
      {"numerator-unasked", "numerator", "guard numerator: any vector is batch_norm's weight"},
      {"variance-unasked", "variance", "guard variance: any vector is batch_norm's running_var"},
      {"eps-unasked", "eps", "guard eps: any eps is batch_norm's"},
      {"defined-unasked", "defined", "guard defined: a scale of 0 is folded"},
      {"resolved-unasked", "resolved", "guard resolved: a value lost in the mean is folded"},
  };
  std::vector<Mutant> mutants;
  const auto add = [&](std::string_view name, std::string_view breaks,
                       std::span<const Guard> guards) {
    mutants.push_back(MutantOf(name, breaks, Policy::kGuarded,
                               [&](fold::FoldRules& rules) { rules.guards = guards; }));
  };
  for (const Row& row : kRows) add(row.name, row.breaks, lists.Without(row.guard));
  add("conv-readers-unasked", "guard one-reader: readers of the convolution are ignored",
      lists.With("one-reader", ReadersBehindConv));
  add("division-readers-unasked", "guard one-reader: readers of division and sum are ignored",
      lists.With("one-reader", ReadersBeforeDivision));
  add("nonfinite-unasked", "guards finite and defined, and the codes: NaN becomes -2^31",
      lists.WithoutBoth("finite", "defined"));
  mutants.back().options.rules.folded_codes = CodesWithNan;
  mutants.back().options.rules.sums_leave_int32 = HoldsAnySum;
  mutants.push_back(MutantOf(
      "int32-unasked", "int32 is not asked whether it holds accumulator and bias",
      fold::Policy::kRepair, [](fold::FoldRules& rules) { rules.sums_leave_int32 = HoldsAnySum; }));
  return mutants;
}

}  // namespace foldproof::mutants
