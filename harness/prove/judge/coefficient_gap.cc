// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/coefficient_gap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

constexpr double kCodeAllowance = 0.5 + 0x1p-10;
constexpr double kFloatAllowance = 5;

// The step of a float with so many bits of significand, float32 with 24: 2^(1 - bits) of its
// leading power of two.
double FloatStep(double x, int bits) {
  return x == 0 ? 0 : std::ldexp(1.0, std::ilogb(x) + 1 - bits);
}

}  // namespace

std::optional<double> SlopeOf(const IdealEnd& end, IntegerRange range) {
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
  std::vector<double> registers;
  end.tail.Evaluate(points, end.frontier.path, registers);
  const double* y = registers.data() + end.frontier.reg * points.size();
  std::vector<double> slopes;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const double width = points[i + 1] - points[i];
    if (width < 1e-3 * (high - low)) continue;  // too short to tell a slope from rounding
    slopes.push_back((y[i + 1] - y[i]) / width);
    if (!std::isfinite(slopes.back())) return std::nullopt;
  }
  const auto is_less = [](double a, double b) { return std::abs(a) < std::abs(b); };
  if (slopes.empty()) return std::nullopt;
  const double steepest = *std::ranges::max_element(slopes, is_less);
  for (const double slope : slopes) {
    const bool is_flat = std::abs(slope) <= 1e-9 * std::abs(steepest);  // but for rounding
    const bool is_same = std::abs(slope - steepest) <= 1e-6 * std::abs(steepest);
    if (!is_flat && !is_same) return std::nullopt;
  }
  return steepest == 0 ? std::nullopt : std::optional(steepest);
}

CoefficientGap FindCoefficientGap(const Coefficients& before, const Coefficients& after) {
  FP_CHECK(before.weights.size() == after.weights.size() && after.slope != 0);
  CoefficientGap out;
  out.before = before.slope;
  out.after = after.slope;
  double worst = -1;
  for (std::size_t t = 0; t < after.weights.size(); ++t) {
    const double b = before.slope * static_cast<double>(before.weights[t]);
    const double wanted = b / after.slope;
    double step = 1;
    double allowed = kCodeAllowance;
    if (after.bits > 0) {
      step = FloatStep(std::max(std::abs(wanted), std::abs(static_cast<double>(after.weights[t]))),
                       after.bits);
      if (step == 0) continue;  // both are 0
      // Float weights are held as whole numbers here, before's and after's: half a one each.
      const double held = 0.5 * (1 + (before.bits > 0 ? std::abs(before.slope / after.slope) : 0));
      allowed = kFloatAllowance + held / step;
    } else if (before.bits > 0) {
      allowed += 0.5 * std::abs(before.slope / after.slope);
    }
    const double gap = std::abs(static_cast<double>(after.weights[t]) - wanted) / step;
    out.finding |= gap > allowed;
    if (gap / allowed <= worst) continue;
    worst = gap / allowed;
    out.gap_steps = gap;
    out.allowed = allowed;
    out.tap = t;
  }
  return out;
}

}  // namespace foldproof::prove
