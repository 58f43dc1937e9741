// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/coefficient_gap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "harness/exec/quantized/quantize.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// What the registers of an ideal tail are at points in their order: the ends of its range, and its
// kinks, each as far from its place as float64 finds it.
class Rises {
 public:
  Rises(const IdealEnd& end, const std::vector<double>& points)
      : end_(end), points_(points), moved_(kIdealRounding * Larger(points.front(), points.back())) {
    end.tail.Evaluate(points, end.frontier.path, registers_);
    // A clamp's range may lie between two kinks that float64 does not tell apart, so what its
    // operand rises by counts, too.
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const double width = points[i + 1] - points[i];
      if (!(width > 0)) continue;
      steepest_ = std::max(steepest_, std::abs(HeightOf(0, i)) / width);
      for (const std::uint32_t index : end.frontier.path) {
        steepest_ = std::max(steepest_, std::abs(HeightOf(index + 1, i)) / width);
      }
    }
  }

  // From point i to the next.
  double Height(std::size_t i) const { return HeightOf(end_.frontier.reg, i); }
  // What of it may be rounding: of the value, and of a kink's place beside the steepest line.
  bool IsFlat(std::size_t i) const { return std::abs(Height(i)) <= RoundingOfValue(i); }
  // What it may be wrong by, relative: what every register on the way may have rounded. One that
  // does not rise, such as a constant, rounds alike at both points.
  double Error(std::size_t i) const {
    double error = RoundingOfValue(i) / std::abs(Height(i)) + RelativeAt(0, i);
    for (const std::uint32_t index : end_.frontier.path) error += RelativeAt(index + 1, i);
    return error;
  }

 private:
  static double Larger(double a, double b) { return std::max(std::abs(a), std::abs(b)); }
  double At(std::size_t reg, std::size_t i) const { return registers_[reg * points_.size() + i]; }
  double HeightOf(std::size_t reg, std::size_t i) const { return At(reg, i + 1) - At(reg, i); }
  double RoundingOf(std::size_t reg, std::size_t i) const {
    return kIdealRounding * Larger(At(reg, i), At(reg, i + 1));
  }
  double RoundingOfValue(std::size_t i) const {
    return RoundingOf(end_.frontier.reg, i) + 2 * moved_ * steepest_;
  }
  double RelativeAt(std::size_t reg, std::size_t i) const {
    const double height = std::abs(HeightOf(reg, i)), rounding = RoundingOf(reg, i);
    return height > rounding ? rounding / height : 0;
  }

  const IdealEnd& end_;
  const std::vector<double>& points_;
  std::vector<double> registers_;
  double moved_;  // a kink, at most
  double steepest_ = 0;
};

}  // namespace

std::optional<Slope> SlopeOf(const IdealEnd& end, IntegerRange range) {
  const auto low = static_cast<double>(range.low);
  const auto high = static_cast<double>(range.high);
  if (!(low < high)) return std::nullopt;
  std::vector<double> points;
  if (FindKinks(end.tail, low, high, end.frontier.path, points) != IdealShape::kLines) {
    return std::nullopt;
  }
  points.push_back(low);
  points.push_back(high);
  std::ranges::sort(points);
  const Rises rises(end, points);
  std::vector<Slope> slopes;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double width = points[i + 1] - points[i];
    if (width < 1e-3 * (high - low)) continue;  // too short to tell a slope from rounding
    if (!std::isfinite(rises.Height(i))) return std::nullopt;
    if (rises.IsFlat(i)) continue;
    slopes.push_back({rises.Height(i) / width, rises.Error(i)});
  }
  const auto is_less = [](const Slope& a, const Slope& b) {
    return std::abs(a.value) < std::abs(b.value);
  };
  if (slopes.empty()) return std::nullopt;
  const Slope steepest = *std::ranges::max_element(slopes, is_less);
  for (const Slope& slope : slopes) {
    const double apart = std::abs(slope.value - steepest.value);
    const bool is_flat = std::abs(slope.value) <= 1e-9 * std::abs(steepest.value);
    const double most = 1e-6 + slope.error + steepest.error;
    if (!is_flat && !(apart <= most * std::abs(steepest.value))) return std::nullopt;
  }
  return steepest;
}

namespace {

// Of codes: by how many steps after's weight is off, and how many are allowed, tap by tap:
// `rounding`
// + |ratio * remainder| + error * |wanted|, where wanted = ratio * a. `remainders` is null where
// there are none.
struct CodeGap {
  double steps, allowed;
};

struct CodeGaps {
  const std::int32_t* before;
  const std::int32_t* after;
  const double* remainders;
  double ratio, rounding, error;

  CodeGap At(std::size_t t) const {
    const double wanted = ratio * static_cast<double>(before[t]);
    double allowed = rounding;
    if (remainders != nullptr) allowed += std::abs(ratio * remainders[t]);
    return {std::abs(static_cast<double>(after[t]) - wanted), allowed + error * std::abs(wanted)};
  }
};

// steps / allowed of each tap; whether one is over what is allowed.
FOLDPROOF_VECTOR_CLONES
bool FindParts(const CodeGaps gaps, double* __restrict parts, std::size_t n) {
  std::int64_t over = 0;
  for (std::size_t t = 0; t < n; ++t) {
    const CodeGap gap = gaps.At(t);
    over += gap.steps > gap.allowed;
    parts[t] = gap.steps / gap.allowed;
  }
  return over > 0;
}

// The first tap at which codes are furthest off.
CoefficientGap GapOfCodes(const CodeGaps& gaps, std::size_t n) {
  CoefficientGap out;
  std::vector<double> parts(n);
  out.finding = FindParts(gaps, parts.data(), n);
  if (n == 0) return out;
  out.tap = static_cast<std::size_t>(std::ranges::max_element(parts) - parts.begin());
  const CodeGap worst = gaps.At(out.tap);
  out.gap_steps = worst.steps;
  out.allowed = worst.allowed;
  return out;
}

}  // namespace

CoefficientGap FindCoefficientGap(const Coefficients& before, const Coefficients& after) {
  FP_CHECK(before.weights.size() == after.weights.size() && after.slope.value != 0);
  const double ratio = before.slope.value / after.slope.value;
  const double error = before.slope.error + after.slope.error;
  // Float weights of before's are held as whole numbers: half a one is rounded.
  const double rounding = kCodeAllowance + (before.floats ? 0.5 * std::abs(ratio) : 0);
  const bool are_codes = after.code_steps.empty() && !after.floats;
  CoefficientGap out;
  // No number on the way is infinite then.
  const bool is_plain = are_codes && std::abs(ratio) <= 0x1p500 && error <= 0x1p30;
  if (is_plain) {
    const double* remainders = before.remainders.empty() ? nullptr : before.remainders.data();
    const CodeGaps gaps{
        before.weights.data(), after.weights.data(), remainders, ratio, rounding, error};
    out = GapOfCodes(gaps, after.weights.size());
  }
  out.before = before.slope.value;
  out.after = after.slope.value;
  if (is_plain) return out;
  double worst = -1;
  for (std::size_t t = 0; t < after.weights.size(); ++t) {
    const double wanted = ratio * static_cast<double>(before.weights[t]);
    double step = 1;
    double allowed = kCodeAllowance;
    // Float weights are held as whole numbers here, before's and after's: half a one each.
    const double held = 0.5 * (1 + (before.floats ? std::abs(ratio) : 0));
    if (!after.code_steps.empty()) {
      step = after.code_steps[t];
      allowed += held / step;
    } else if (after.floats) {
      const double larger =
          std::max(std::abs(wanted), std::abs(static_cast<double>(after.weights[t])));
      step = after.floats->format.StepAt(larger * after.floats->unit) / after.floats->unit;
      if (step == 0) continue;  // both are 0
      allowed = kFloatAllowance + held / step;
    } else if (before.floats) {
      allowed += 0.5 * std::abs(ratio);
    }
    if (!before.remainders.empty()) allowed += std::abs(ratio * before.remainders[t]) / step;
    allowed += error * std::abs(wanted) / step;
    const double gap = std::abs(static_cast<double>(after.weights[t]) - wanted) / step;
    out.finding |= gap > allowed;
    // The first is true of most taps, and says what the second says: a division is slow.
    if (gap <= worst * allowed * (1 - 0x1p-40) || gap / allowed <= worst) continue;
    worst = gap / allowed;
    out.gap_steps = gap;
    out.allowed = allowed;
    out.tap = t;
  }
  return out;
}

}  // namespace foldproof::prove
