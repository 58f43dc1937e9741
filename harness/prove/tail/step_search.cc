// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/step_search.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "harness/exec/quantized/quantize.h"
#include "harness/prove/tail/direction.h"
#include "harness/prove/tail/interval_cells.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/tail_evaluator.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostCodes =
    65538;  // of 16 bits, and one for all that is clipped at either end
constexpr std::int64_t kMostByIntervals = std::int64_t{1} << 22;  // cells that are looked at

// The extended code of one quantizer at `probes`: e(A) = clamp(rint(x * f32(1/s)) + z, qmin - 1,
// qmax + 1).
class CodeFunction {
 public:
  // `reads_input`: its codes follow from its input's value.
  CodeFunction(const TailEvaluator& evaluator, const SearchPlan::Quantizer& quantizer,
               bool reads_input)
      : evaluator_(evaluator),
        op_(evaluator.tail().instructions[quantizer.instruction].op),
        path_(quantizer.path),
        to_(quantizer.instruction + 1),
        reads_input_(reads_input) {}

  void operator()(std::span<const std::int64_t> probes, std::span<float> codes,
                  RegisterBlock& block) const {
    for (std::size_t at = 0; at < probes.size(); at += kPointsAtOnce) {
      const auto some = probes.subspan(at, std::min(kPointsAtOnce, probes.size() - at));
      if (reads_input_) evaluator_.Evaluate(some, path_, block);
      const PointBlock points(some, evaluator_.channel(), to_, block);
      ComputeExtendedCodes(op_, points, IntervalEnd::kLow, codes.subspan(at, some.size()));
    }
  }

  // The unclamped code as a straight line in A, ignoring relu and clamps (they only flatten): where
  // to look first.
  LinearForm Line() const;

 private:
  const TailEvaluator& evaluator_;
  const TailOperator& op_;
  const std::vector<std::uint32_t>& path_;
  std::size_t to_;
  bool reads_input_;
};

LinearForm CodeFunction::Line() const {
  const Tail& tail = evaluator_.tail();
  const LinearForm conv{evaluator_.input_scale() * evaluator_.weight_scale(),
                        evaluator_.IdealConvValue(0)};
  Lines lines(tail.values.size(), evaluator_.channel(), conv);
  for (const std::uint32_t index : path_) {
    lines.Set(index + 1, LineOf(tail.instructions[index].op, lines));
  }
  const LinearForm input = lines.At(ReadsOf(op_).registers[0]);
  const ir::QuantParams& params = ParamsOf(op_);
  const exec::QuantizeConstants q = exec::MakeQuantizeConstants(params.scale, params.zero_point,
                                                                params.quant_min, params.quant_max);
  const auto inverse = static_cast<double>(q.inverse_scale);
  return {input.slope * inverse, input.offset * inverse + static_cast<double>(q.zero_point)};
}

// The first `count` elements of `memory`, which only grows: none is cleared twice.
template <typename T>
std::span<T> Room(std::vector<T>& memory, std::size_t count) {
  if (memory.size() < count) memory.resize(count);
  return {memory.data(), count};
}

// Where code k should begin: at start + k * per_code, moved into [least, most].
struct StartLine {
  double start, per_code, least, most;

  double At(std::int32_t k) const {
    const double at = start + static_cast<double>(k) * per_code;
    return at > least ? (at < most ? at : most) : least;  // NaN: least
  }
};

// The least integer from there on, of each code; and where to look, sign * it and sign * (it - 1),
// the former of all codes first.
FOLDPROOF_VECTOR_CLONES
void GuessStarts(const StartLine line, std::int64_t sign, std::span<std::int64_t> starts,
                 std::span<std::int64_t> probes) {
  const auto codes = static_cast<std::int32_t>(starts.size());
  std::int64_t* __restrict start = starts.data();
  std::int64_t* __restrict at = probes.data();
  std::int64_t* __restrict below = probes.data() + codes;
  // Below 2^51 the sum with 1.5 * 2^52 is an integer, whose bits count on from that number's.
  constexpr double kIntegers = 0x1.8p52;
  const bool is_small = line.least > -0x1p51 && line.most < 0x1p51;
  for (std::int32_t k = 0; is_small && k < codes; ++k) {
    const double inside = line.At(k);
    const double nearest = (inside + kIntegers) - kIntegers;
    const double next = nearest < inside ? nearest + 1 : nearest;
    start[k] =
        std::bit_cast<std::int64_t>(next + kIntegers) - std::bit_cast<std::int64_t>(kIntegers);
  }
  for (std::int32_t k = 0; !is_small && k < codes; ++k) {
    const double inside = line.At(k);
    const auto whole = static_cast<std::int64_t>(inside);
    start[k] = whole + (static_cast<double>(whole) < inside);
  }
  for (std::int32_t k = 0; k < codes; ++k) {
    at[k] = sign > 0 ? start[k] : -start[k];
    below[k] = sign > 0 ? start[k] - 1 : 1 - start[k];
  }
}

// Finds, for every code k of (code at `low`, code at `high`], the least A with e(A) >= k. All codes
// are searched at once: where the line says and one below, which settles almost all; what is left
// in rounds of one A per unsettled code, in doubling steps and then by halving. A negative sign
// searches on -A. Where that would look at more A than there are, it looks at each.
class StepFinder {
 public:
  StepFinder(const CodeFunction& function, int sign, SearchScratch& scratch)
      : function_(function), sign_(sign), s_(scratch) {}

  // Appends the boundaries, as starts of cells in ascending order, to `starts`; returns the number
  // of evaluations.
  std::int64_t Run(std::int64_t low, std::int64_t high, std::vector<std::int64_t>& starts) {
    const std::int64_t from = sign_ > 0 ? low : -high;
    const std::int64_t to = sign_ > 0 ? high : -low;
    probes_ = Room(s_.probes, 2);
    probes_[0] = sign_ * from;
    probes_[1] = sign_ * to;
    Evaluate();
    first_ = codes_[0] + 1;
    const auto codes = static_cast<std::int64_t>(codes_[1] - codes_[0]);
    FP_CHECK(codes >= 0 && codes <= kMostCodes);
    if (codes == 0) return evaluations_;
    const std::size_t before = starts.size();
    starts.reserve(before + static_cast<std::size_t>(codes));
    if (high - low < 2 * codes) {
      LookAtEach(low, high, starts);
      return evaluations_;
    }
    Guess(static_cast<std::size_t>(codes), from, to);
    while (!s_.active.empty()) Round();
    starts.insert(starts.end(), high_.begin(), high_.end());
    const auto found = std::span(starts).subspan(before);
    for (std::int64_t& boundary : found) boundary = sign_ > 0 ? boundary : 1 - boundary;
    if (sign_ < 0) std::ranges::reverse(found);
    return evaluations_;
  }

 private:
  // Writes the codes of `probes_` into `codes_`.
  void Evaluate() {
    codes_ = Room(s_.codes, probes_.size());
    function_(probes_, codes_, s_.block);
    evaluations_ += static_cast<std::int64_t>(probes_.size());
  }
  bool Reaches(std::size_t probe, std::size_t k) const {
    return codes_[probe] >= first_ + static_cast<float>(k);
  }

  void LookAtEach(std::int64_t low, std::int64_t high, std::vector<std::int64_t>& starts) {
    probes_ = Room(s_.probes, static_cast<std::size_t>(high - low + 1));
    std::iota(probes_.begin(), probes_.end(), low);
    Evaluate();
    for (std::size_t i = 1; i < probes_.size(); ++i) {
      if (codes_[i] != codes_[i - 1]) starts.push_back(probes_[i]);
    }
  }

  // The code rounds up to k from k - 1/2 on: looks there and one below.
  void Guess(std::size_t codes, std::int64_t from, std::int64_t to) {
    const auto [slope, offset] = function_.Line();
    const double per_code = sign_ / slope;
    const double start = (static_cast<double>(first_) - 0.5 - offset) * per_code;
    const auto least = static_cast<double>(from + 1);
    const auto most = static_cast<double>(to);
    high_ = Room(s_.high, codes);
    probes_ = Room(s_.probes, 2 * codes);
    GuessStarts({start, per_code, least, most}, sign_, high_, probes_);
    Evaluate();
    // Almost all codes are settled: no branch is spent on each.
    s_.active.resize(codes);
    std::size_t open = 0;
    for (std::size_t k = 0; k < codes; ++k) {
      const int is_settled =
          static_cast<int>(Reaches(k, k)) & static_cast<int>(!Reaches(codes + k, k));
      s_.active[open] = static_cast<std::uint32_t>(k);
      open += static_cast<std::size_t>(1 - is_settled);
    }
    low_ = Room(s_.low, codes);
    step_ = Room(s_.step, codes);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < open; ++i) {
      const std::uint32_t k = s_.active[i];
      const bool at = Reaches(k, k);
      low_[k] = at ? from : high_[k];
      high_[k] = at ? high_[k] - 1 : to;
      step_[k] = at ? -1 : 1;  // which way the boundary lies; the size doubles
      if (high_[k] - low_[k] > 1) s_.active[kept++] = k;
    }
    s_.active.resize(kept);
  }

  // The next A to look at for code k: strictly between low (below k) and high (at k or above).
  std::int64_t Next(std::uint32_t k) const {
    const std::int64_t low = low_[k];
    const std::int64_t high = high_[k];
    const std::int64_t step = step_[k];
    if (step > 0) return std::min(low + step, high - 1);
    if (step < 0) return std::max(high + step, low + 1);
    return low + (high - low) / 2;
  }

  void Round() {
    probes_ = Room(s_.probes, s_.active.size());
    for (std::size_t i = 0; i < probes_.size(); ++i) probes_[i] = sign_ * Next(s_.active[i]);
    Evaluate();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < s_.active.size(); ++i) {
      const std::uint32_t k = s_.active[i];
      const bool reached = Reaches(i, k);
      (reached ? high_[k] : low_[k]) = sign_ * probes_[i];
      // Still on the near side: twice as far next time; past the boundary: halve from here on.
      step_[k] = reached == (step_[k] < 0) && step_[k] != 0 ? 2 * step_[k] : 0;
      if (high_[k] - low_[k] > 1) s_.active[kept++] = k;
    }
    s_.active.resize(kept);
  }

  const CodeFunction& function_;
  int sign_;
  SearchScratch& s_;
  std::span<std::int64_t> probes_;
  std::span<float> codes_;                     // at `probes_`
  std::span<std::int64_t> low_, high_, step_;  // of each code
  float first_ = 0;
  std::int64_t evaluations_ = 0;
};

// Appends where the unclamped code of one quantizer changes; returns why it cannot be searched.
std::string AppendSteps(const TailEvaluator& evaluator, const SearchPlan::Quantizer& quantizer,
                        std::int64_t low, std::int64_t high, SearchScratch& scratch, Cells& cells) {
  const TailOperator& op = evaluator.tail().instructions[quantizer.instruction].op;
  const std::optional<Direction> own = OwnDirectionOf(op, evaluator.channel(), low, high);
  const Direction direction = own ? *own
                                  : DirectionOf(evaluator, quantizer.path, ReadsOf(op).registers[0],
                                                low, high, scratch.block);
  cells.evaluations += 2;
  const bool is_wide = ParamsOf(op).quant_max - ParamsOf(op).quant_min > kMostCodes - 2;
  if (!direction.why_not.empty()) {
    if (own || is_wide || high - low < kLeastByIntervals) return direction.why_not;
    const std::int64_t most = std::min(kMostByIntervals, (high - low) / 4);
    cells.by_intervals = true;
    const QuantizerInput input{quantizer.instruction, quantizer.path};
    const bool found = SplitByIntervals(evaluator, input, low, high, most, scratch.block,
                                        cells.starts, cells.evaluations);
    return found ? std::string() : direction.why_not;
  }
  if (direction.sign == 0 || low == high) return {};
  if (is_wide) return "a quantizer of more than 16 bits";
  const CodeFunction function(evaluator, quantizer, !own);
  cells.evaluations += StepFinder(function, direction.sign, scratch).Run(low, high, cells.starts);
  return {};
}

}  // namespace

SearchPlan PlanSearch(const Tail& tail) {
  SearchPlan plan;
  // Behind: some quantizer lies on every way from v to the register.
  std::vector<char> behind(tail.values.size(), 0);
  for (std::uint32_t i = 0; i < tail.instructions.size(); ++i) {
    plan.everything.push_back(i);
    const TailOperator& op = tail.instructions[i].op;
    bool all = true;
    bool some = false;
    for (const std::uint32_t reg : ReadsOf(op)) {
      all &= behind[reg] != 0;
      some |= behind[reg] != 0;
    }
    behind[i + 1] = all;
    if (IsQuantizer(op) && !behind[i + 1]) {
      // A quantizer of what is partly behind another one is no first one, and cuts nothing.
      plan.has_partial_quantizer |= some;
      const std::uint32_t input = ReadsOf(op).registers[0];
      if (!some) plan.first_quantizers.push_back({i, PathTo(tail.instructions, input)});
      behind[i + 1] = !some;
    }
  }
  for (const Frontier& frontier : tail.frontiers) plan.is_cut.push_back(behind[frontier.reg]);
  return plan;
}

Cells SearchCells(const TailEvaluator& evaluator, const SearchPlan& plan, std::int64_t low,
                  std::int64_t high, SearchScratch& scratch) {
  Cells cells;
  cells.high = high;
  if (plan.has_partial_quantizer) {
    cells.why_not = "a quantizer's input is only partly behind another quantizer";
    return cells;
  }
  cells.starts.push_back(low);
  for (const SearchPlan::Quantizer& quantizer : plan.first_quantizers) {
    const auto sorted = static_cast<std::ptrdiff_t>(cells.starts.size());
    cells.why_not = AppendSteps(evaluator, quantizer, low, high, scratch, cells);
    if (!cells.searched()) {
      cells.starts.clear();
      return cells;
    }
    // Behind the first quantizer there is nothing to merge, and a merge takes memory.
    const auto middle = cells.starts.begin() + sorted;
    if (middle != cells.starts.end() && *middle < *(middle - 1))
      std::inplace_merge(cells.starts.begin(), middle, cells.starts.end());
  }
  cells.starts.erase(std::unique(cells.starts.begin(), cells.starts.end()), cells.starts.end());
  return cells;
}

}  // namespace foldproof::prove
