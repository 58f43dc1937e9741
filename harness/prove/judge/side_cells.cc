// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/side_cells.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {
namespace {

// Bytes could alias anything: hence the restrict.
FOLDPROOF_VECTOR_CLONES
void NoteFrontier(const float* __restrict low, const float* __restrict high,
                  std::uint32_t* __restrict bits, std::uint8_t* __restrict undefined,
                  std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    bits[i] = std::bit_cast<std::uint32_t>(low[i]);
    undefined[i] = !(std::isfinite(low[i]) & std::isfinite(high[i]));
  }
}

FOLDPROOF_VECTOR_CLONES
void NoteFlag(const std::uint8_t* __restrict flags, RegisterBlock::Flag flag,
              std::uint8_t* __restrict noted, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) noted[i] |= static_cast<std::uint8_t>((flags[i] & flag) != 0);
}

class Collector {
 public:
  Collector(const SiteSide& side, const TailEvaluator& evaluator, const ComparedRegisters& compared)
      : side_(side),
        evaluator_(evaluator),
        shown_(compared.shown),
        frontier_(side.tail.frontiers[compared.frontier].reg) {
    for (std::uint32_t i = 0; i < side.tail.instructions.size(); ++i) {
      if (!IsQuantizer(side.tail.instructions[i].op)) continue;
      quantizers_.push_back(i + 1);
      if (!side.is_last_quantizer[i]) counted_.push_back(i + 1);
    }
  }

  void Fill(SideCells& out, RegisterBlock& block) const {
    const std::span<const std::int64_t> starts(out.starts);
    out.least.resize(starts.size());
    out.most.resize(starts.size());
    out.bits.resize(starts.size());
    out.is_exact.resize(starts.size());
    out.undefined.resize(starts.size());
    out.clipped.resize(starts.size());
    for (std::size_t at = 0; at < starts.size(); at += kPointsAtOnce) {
      const auto some = starts.subspan(at, std::min(kPointsAtOnce, starts.size() - at));
      evaluator_.Evaluate(some, side_.search.everything, block);
      Put(block, some.size(), at, out);
    }
  }

 private:
  // The cells of the block, from cell `at` on.
  void Put(const RegisterBlock& block, std::size_t count, std::size_t at, SideCells& out) const {
    std::ranges::copy(block.low(shown_).first(count), out.least.data() + at);
    std::ranges::copy(block.high(shown_).first(count), out.most.data() + at);
    NoteFrontier(block.low(frontier_).data(), block.high(frontier_).data(), out.bits.data() + at,
                 out.undefined.data() + at, count);
    std::fill_n(out.is_exact.data() + at, count, std::uint8_t{block.exact(frontier_)});
    for (const std::uint32_t reg : quantizers_) {
      NoteFlag(block.flags(reg).data(), RegisterBlock::kNan, out.undefined.data() + at, count);
    }
    for (const std::uint32_t reg : counted_) {
      NoteFlag(block.flags(reg).data(), RegisterBlock::kClipped, out.clipped.data() + at, count);
    }
  }

  const SiteSide& side_;
  const TailEvaluator& evaluator_;
  std::uint32_t shown_;
  std::uint32_t frontier_;
  std::vector<std::uint32_t> quantizers_;
  std::vector<std::uint32_t> counted_;
};

// A float sum is any float32 number, not one of those that integers stand for: between two
// neighbouring cells lies no third one only where the one first quantizer goes from code to code by
// one, clipping included.
std::string WhyNotOfFloats(const SiteSide& side, const TailEvaluator& evaluator,
                           const std::vector<std::int64_t>& starts, RegisterBlock& block) {
  if (side.search.first_quantizers.size() != 1) return "float sums reach several quantizers";
  const std::uint32_t reg = side.search.first_quantizers[0].instruction + 1;
  float code = 0;
  std::uint8_t flags = 0;
  const std::span<const std::int64_t> all(starts);
  for (std::size_t at = 0; at < all.size(); at += kPointsAtOnce) {
    const auto some = all.subspan(at, std::min(kPointsAtOnce, all.size() - at));
    evaluator.Evaluate(some, side.search.everything, block);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const float step = std::abs(block.low(reg)[i] - code);
      const bool is_next = flags == block.flags(reg)[i] ? step <= 1 : step == 0;
      if (at + i > 0 && !is_next) return "float sums step over codes of a quantizer";
      code = block.low(reg)[i];
      flags = block.flags(reg)[i];
    }
  }
  return {};
}

}  // namespace

SideCells FindSideCells(const SiteSide& side, const TailEvaluator& evaluator,
                        const ComparedRegisters& compared, IntegerRange range,
                        std::int64_t most_enumerated, SearchScratch& search, RegisterBlock& block) {
  SideCells out;
  out.high = range.high;
  Cells cells = SearchCells(evaluator, side.search, range.low, range.high, search);
  // Between two neighbouring integers a sum of floats may rise and fall.
  if (side.conv.real && cells.by_intervals) cells.why_not = "not monotone";
  if (cells.searched() && side.search.is_cut[compared.frontier]) {
    out.starts = std::move(cells.starts);
    if (side.conv.real) out.why_not = WhyNotOfFloats(side, evaluator, out.starts, block);
    if (!out.why_not.empty()) return out;
  } else if (!side.conv.real && range.high - range.low < most_enumerated) {
    out.starts.resize(static_cast<std::size_t>(range.high - range.low + 1));
    std::iota(out.starts.begin(), out.starts.end(), range.low);
  } else {
    out.why_not = cells.searched() ? "no quantizer makes steps of it" : cells.why_not;
    out.why_not += "; " + std::to_string(range.high - range.low + 1) +
                   " accumulators are too many to enumerate";
    return out;
  }
  Collector(side, evaluator, compared).Fill(out, block);
  return out;
}

}  // namespace foldproof::prove
