// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/step_search.h"

#include <algorithm>
#include <cmath>

#include "harness/exec/quantize.h"

namespace foldproof::prove {
namespace {

using Code = TailInstruction::Code;

constexpr std::int64_t kMostCodes = 65538;  // of 16 bits, and one for all that is clipped at either end

// The quantizer's unclamped code at `probes`, with one value for all that is clipped at either end:
// e(A) = clamp(rint(x * f32(1/s)) + z, qmin - 1, qmax + 1), turned so that it never falls.
class CodeFunction {
 public:
  CodeFunction(const TailEvaluator& evaluator, const SearchPlan::Quantizer& quantizer, int sign)
      : evaluator_(evaluator), path_(quantizer.path), sign_(sign) {
    const TailInstruction& op = evaluator.tail().instructions[quantizer.instruction];
    input_ = op.left.index;
    constants_ = exec::MakeQuantizeConstants(op.params.scale, op.params.zero_point,
                                             op.params.quant_min, op.params.quant_max);
    least_ = static_cast<float>(op.params.quant_min - 1);
    most_ = static_cast<float>(op.params.quant_max + 1);
  }

  void operator()(const std::vector<std::int64_t>& probes, std::vector<float>& codes,
                  RegisterBlock& block) const {
    evaluator_.Evaluate(probes, path_, block);
    codes.resize(probes.size());
    const auto sign = static_cast<float>(sign_);
    const auto x = block.low(input_);
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const float t = exec::QuantizeUnclamped(x[i], constants_);
      codes[i] = sign * (t < least_ ? least_ : t > most_ ? most_ : t);
    }
  }

  // The unclamped code as a straight line in A, slope and offset, ignoring relu and clamps (they only
  // flatten): where to look first.
  std::pair<double, double> Line() const;

 private:
  const TailEvaluator& evaluator_;
  const std::vector<std::uint32_t>& path_;
  std::uint32_t input_ = 0;
  exec::QuantizeConstants constants_{};
  float least_ = 0;
  float most_ = 0;
  int sign_;
};

std::pair<double, double> CodeFunction::Line() const {
  struct LinearForm { double slope, offset; };
  const Tail& tail = evaluator_.tail();
  const std::size_t channel = evaluator_.channel();
  std::vector<LinearForm> lines(tail.values.size(), {0, 0});
  lines[0] = {evaluator_.input_scale() * evaluator_.weight_scale(), evaluator_.IdealConvValue(0)};
  for (const std::uint32_t index : path_) {
    const TailInstruction& op = tail.instructions[index];
    const auto at = [&](const TailOperand& operand) {
      if (operand.is_register) return lines[operand.index];
      return LinearForm{0, static_cast<double>(tail.constants[operand.index].At(channel))};
    };
    const LinearForm a = at(op.left);
    LinearForm out = a;
    if (op.code == Code::kAdd || op.code == Code::kSub) {
      const double alpha = static_cast<double>(op.code == Code::kAdd ? op.alpha : -op.alpha);
      const LinearForm b = at(op.right);
      out = {a.slope + alpha * b.slope, a.offset + alpha * b.offset};
    } else if (op.code == Code::kMul) {
      const LinearForm b = at(op.right);
      out = {a.slope * b.offset + a.offset * b.slope, a.offset * b.offset};
    } else if (op.code == Code::kDiv) {
      const double b = at(op.right).offset;
      out = {a.slope / b, a.offset / b};
    } else if (op.code == Code::kAffine) {
      const auto alpha = static_cast<double>(tail.affines[op.affine].scale.At(channel));
      const auto beta = static_cast<double>(tail.affines[op.affine].shift.At(channel));
      out = {a.slope * alpha, a.offset * alpha + beta};
    } else if (op.code == Code::kUnary && op.function == ir::Unary::Kind::kNeg) {
      out = {-a.slope, -a.offset};
    }
    lines[index + 1] = out;
  }
  const auto inverse = static_cast<double>(constants_.inverse_scale);
  return {sign_ * lines[input_].slope * inverse,
          sign_ * (lines[input_].offset * inverse + static_cast<double>(constants_.zero_point))};
}

// Finds, for every code k of (code at `low`, code at `high`], the least A with e(A) >= k. All codes are
// searched at once: each round probes one A per unsettled code, first where the line says, then in
// doubling steps from there, then by halving. A negative sign runs the search on -A.
class StepFinder {
 public:
  StepFinder(const CodeFunction& function, int sign, SearchScratch& scratch)
      : function_(function), sign_(sign), s_(scratch) {}

  // Appends the boundaries, as starts of cells, to `starts`; returns the number of evaluations.
  std::int64_t Run(std::int64_t low, std::int64_t high, std::vector<std::int64_t>& starts) {
    const std::int64_t from = sign_ > 0 ? low : -high;
    const std::int64_t to = sign_ > 0 ? high : -low;
    s_.probes = {sign_ * from, sign_ * to};
    function_(s_.probes, s_.codes, s_.block);
    evaluations_ += 2;
    first_ = s_.codes[0] + 1;
    const auto codes = static_cast<std::int64_t>(s_.codes[1] - s_.codes[0]);
    FP_CHECK(codes >= 0 && codes <= kMostCodes);
    Guess(static_cast<std::size_t>(codes), from, to);
    while (!s_.active.empty()) Round();
    for (std::size_t k = 0; k < s_.high.size(); ++k) {
      starts.push_back(sign_ > 0 ? s_.high[k] : 1 - s_.high[k]);
    }
    return evaluations_;
  }

 private:
  void Guess(std::size_t codes, std::int64_t from, std::int64_t to) {
    const auto [slope, offset] = function_.Line();
    s_.low.assign(codes, from);
    s_.high.assign(codes, to);
    s_.step.assign(codes, 0);
    s_.active.clear();
    for (std::size_t k = 0; k < codes; ++k) {
      // The code rounds up to k from k - 1/2 on.
      const double at = sign_ * (static_cast<double>(first_) + static_cast<double>(k) - 0.5 - offset) / slope;
      const double clamped = std::clamp(std::ceil(at), static_cast<double>(from + 1), static_cast<double>(to));
      guess_.push_back(clamped == clamped ? static_cast<std::int64_t>(clamped) : to);
      if (to - from > 1) s_.active.push_back(static_cast<std::uint32_t>(k));
    }
  }

  // The next A to look at for code k: between low (below k) and high (at k or above), exclusive of low.
  std::int64_t Probe(std::uint32_t k) const {
    const std::int64_t low = s_.low[k];
    const std::int64_t high = s_.high[k];
    const std::int64_t step = s_.step[k];
    if (step == 0) return guess_[k];
    if (step > 0 && last_up_[k]) return std::min(low + step, high - 1);
    if (step > 0) return std::max(high - step, low + 1);
    return low + (high - low) / 2;
  }

  void Round() {
    s_.probes.clear();
    if (last_up_.empty()) last_up_.assign(s_.low.size(), 0);
    for (const std::uint32_t k : s_.active) s_.probes.push_back(sign_ * Probe(k));
    function_(s_.probes, s_.codes, s_.block);
    evaluations_ += static_cast<std::int64_t>(s_.probes.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < s_.active.size(); ++i) {
      const std::uint32_t k = s_.active[i];
      Narrow(k, sign_ * s_.probes[i], s_.codes[i] >= first_ + static_cast<float>(k));
      if (s_.high[k] - s_.low[k] > 1) s_.active[kept++] = k;
    }
    s_.active.resize(kept);
  }

  void Narrow(std::uint32_t k, std::int64_t probe, bool reached) {
    (reached ? s_.high[k] : s_.low[k]) = probe;
    if (s_.step[k] == 0) {
      s_.step[k] = 1;  // leave the guess away from the boundary's other side
      last_up_[k] = !reached;
    } else if (s_.step[k] > 0 && last_up_[k] == !reached) {
      s_.step[k] *= 2;
    } else {
      s_.step[k] = -1;  // bracketed: halve from here on
    }
  }

  const CodeFunction& function_;
  int sign_;
  SearchScratch& s_;
  float first_ = 0;
  std::vector<std::int64_t> guess_;
  std::vector<char> last_up_;
  std::int64_t evaluations_ = 0;
};

}  // namespace

SearchPlan PlanSearch(const Tail& tail) {
  SearchPlan plan;
  // Behind: some quantizer lies on every way from v to the register.
  std::vector<char> behind(tail.values.size(), 0);
  for (std::uint32_t i = 0; i < tail.instructions.size(); ++i) {
    plan.everything.push_back(i);
    const TailInstruction& op = tail.instructions[i];
    bool all = true;
    bool some = false;
    ForEachRegister(op, [&](std::uint32_t reg) {
      all &= behind[reg] != 0;
      some |= behind[reg] != 0;
    });
    behind[i + 1] = all;
    if (op.code == Code::kQuantize && !behind[i + 1]) {
      // A quantizer of what is partly behind another one is no first one, and cuts nothing.
      if (!some) plan.first_quantizers.push_back({i, PathTo(tail.instructions, op.left.index)});
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
  cells.starts.push_back(low);
  for (const SearchPlan::Quantizer& quantizer : plan.first_quantizers) {
    const TailInstruction& op = evaluator.tail().instructions[quantizer.instruction];
    const Direction direction = DirectionOf(evaluator, quantizer.path, op.left.index, low, high, scratch.block);
    cells.evaluations += 2;
    if (!direction.why_not.empty()) {
      cells.why_not = direction.why_not;
      cells.starts.clear();
      return cells;
    }
    if (direction.sign == 0 || low == high) continue;
    if (op.params.quant_max - op.params.quant_min > kMostCodes - 2) {
      cells.why_not = "a quantizer of more than 16 bits";
      cells.starts.clear();
      return cells;
    }
    const CodeFunction function(evaluator, quantizer, direction.sign);
    cells.evaluations += StepFinder(function, direction.sign, scratch).Run(low, high, cells.starts);
  }
  std::sort(cells.starts.begin(), cells.starts.end());
  cells.starts.erase(std::unique(cells.starts.begin(), cells.starts.end()), cells.starts.end());
  return cells;
}

}  // namespace foldproof::prove
