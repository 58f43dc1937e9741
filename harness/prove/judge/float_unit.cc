// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/float_unit.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/ideal/ideal_kinks.h"
#include "harness/prove/ideal/ideal_tail.h"

namespace foldproof::prove {
namespace {

// The largest magnitude of one channel's ideal at a frontier: at the ends of the sums and at kinks,
// and between them at a few points where it is no line.
double LargestAt(const SiteSide& side, const Frontier& end, std::size_t channel) {
  const ConvSide& conv = side.conv;
  double low = 0;
  double high = 0;
  for (const std::int32_t w : conv.WeightsOf(channel)) {
    const double at_low = static_cast<double>(w) * static_cast<double>(conv.input_range.low);
    const double at_high = static_cast<double>(w) * static_cast<double>(conv.input_range.high);
    low += std::min(at_low, at_high);
    high += std::max(at_low, at_high);
  }
  const TailEvaluator evaluator(side.tail, conv, channel);
  const IdealTail ideal(evaluator);
  std::vector<double> points;
  if (FindKinks(ideal, low, high, end.path, points) != IdealShape::kLines) {
    for (int i = 1; i < 16; ++i) points.push_back(low + (high - low) * i / 16);
  }
  points.push_back(low);
  points.push_back(high);
  std::vector<double> registers;
  ideal.Evaluate(points, end.path, registers);
  double largest = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double y = std::abs(registers[end.reg * points.size() + i]);
    if (std::isfinite(y)) largest = std::max(largest, y);
  }
  return largest;
}

}  // namespace

void SetFloatUnits(MatchedSite& site) {
  if (!site.before || !site.before->conv.float_input) return;
  for (PairPlan& pair : site.pairs) {
    const Frontier& before = site.before->tail.frontiers[pair.before];
    const Frontier& after = site.after->tail.frontiers[pair.after];
    if (before.measured && after.measured) continue;
    pair.float_unit = !before.measured && !after.measured;
    if (!pair.float_unit) {
      pair.lsb = before.measured ? before.scale : after.scale;
      continue;
    }
    double largest = 0;
    for (std::size_t c = 0; c < site.before->conv.channels; ++c)
      largest = std::max(largest, LargestAt(*site.before, before, c));
    const double step = largest > 0 ? std::ldexp(1.0, std::ilogb(largest) - 23) : 0;
    pair.lsb = std::max(step, static_cast<double>(std::numeric_limits<float>::denorm_min()));
  }
}

}  // namespace foldproof::prove
