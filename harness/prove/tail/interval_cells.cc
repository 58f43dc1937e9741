// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/interval_cells.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace foldproof::prove {
namespace {

class IntervalSplit {
 public:
  IntervalSplit(const TailEvaluator& evaluator, const QuantizerInput& quantizer,
                RegisterBlock& block)
      : evaluator_(evaluator),
        op_(evaluator.tail().instructions[quantizer.instruction].op),
        path_(quantizer.path),
        to_(quantizer.instruction + 1),
        block_(block) {}

  bool Run(std::int64_t low, std::int64_t high, std::int64_t most) {
    froms_ = {low};
    tos_ = {high};
    while (!froms_.empty()) {
      evaluations_ += static_cast<std::int64_t>(froms_.size());
      if (evaluations_ > most) return false;
      LookAtAll();
    }
    std::ranges::sort(settled_, {}, &Settled::from);
    return true;
  }

  void AppendStarts(std::vector<std::int64_t>& starts) const {
    for (std::size_t i = 1; i < settled_.size(); ++i) {
      if (settled_[i].code != settled_[i - 1].code) starts.push_back(settled_[i].from);
    }
  }
  std::int64_t evaluations() const { return evaluations_; }

 private:
  struct Settled {
    std::int64_t from;
    float code;  // NaN, which equals none, of one accumulator at which kernels may give several
  };

  void LookAtAll() {
    std::vector<std::int64_t> froms, tos;
    const std::span<const std::int64_t> all_froms(froms_), all_tos(tos_);
    for (std::size_t at = 0; at < froms_.size(); at += kPointsAtOnce) {
      const std::size_t count = std::min(kPointsAtOnce, froms_.size() - at);
      Look(all_froms.subspan(at, count), all_tos.subspan(at, count), froms, tos);
    }
    froms_.swap(froms);
    tos_.swap(tos);
  }

  // Keeps the cells that are settled, and appends the halves of the others.
  void Look(std::span<const std::int64_t> from, std::span<const std::int64_t> to,
            std::vector<std::int64_t>& froms, std::vector<std::int64_t>& tos) {
    evaluator_.EvaluateOver(from, to, path_, block_);
    const PointBlock points(from, evaluator_.channel(), to_, block_);
    low_codes_.resize(from.size());
    high_codes_.resize(from.size());
    ComputeExtendedCodes(op_, points, IntervalEnd::kLow, low_codes_);
    ComputeExtendedCodes(op_, points, IntervalEnd::kHigh, high_codes_);
    FindFinite(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (is_finite_[i] != 0 && low_codes_[i] == high_codes_[i]) {
        settled_.push_back({from[i], low_codes_[i]});
      } else if (from[i] == to[i]) {
        settled_.push_back({from[i], std::numeric_limits<float>::quiet_NaN()});
      } else {
        const std::int64_t middle = from[i] + (to[i] - from[i]) / 2;
        froms.insert(froms.end(), {from[i], middle + 1});
        tos.insert(tos.end(), {middle, to[i]});
      }
    }
  }

  // Between finite ends no number is infinite or NaN; where an end is neither, 0 times infinity may
  // hide between them.
  void FindFinite(std::size_t count) {
    is_finite_.assign(count, 1);
    const auto see = [&](std::uint32_t reg) {
      const auto low = std::as_const(block_).low(reg), high = std::as_const(block_).high(reg);
      for (std::size_t i = 0; i < count; ++i)
        is_finite_[i] &= static_cast<std::uint8_t>(std::isfinite(low[i]) && std::isfinite(high[i]));
    };
    see(0);
    for (const std::uint32_t index : path_) see(index + 1);
  }

  const TailEvaluator& evaluator_;
  const TailOperator& op_;
  const std::vector<std::uint32_t>& path_;
  std::size_t to_;
  RegisterBlock& block_;
  std::vector<std::int64_t> froms_, tos_;  // cells that are not settled
  std::vector<Settled> settled_;
  std::vector<float> low_codes_, high_codes_;
  std::vector<std::uint8_t> is_finite_;
  std::int64_t evaluations_ = 0;
};

}  // namespace

bool SplitByIntervals(const TailEvaluator& evaluator, const QuantizerInput& quantizer,
                      std::int64_t low, std::int64_t high, std::int64_t most,
                      RegisterBlock& scratch, std::vector<std::int64_t>& starts,
                      std::int64_t& evaluations) {
  IntervalSplit split(evaluator, quantizer, scratch);
  const bool found = split.Run(low, high, most);
  evaluations += split.evaluations();
  if (found) split.AppendStarts(starts);
  return found;
}

}  // namespace foldproof::prove
