// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/tail/op/deviations.h"

namespace foldproof::prove {
namespace {

bool HasQuantizer(const Tail& tail) {
  return std::ranges::any_of(tail.instructions,
                             [](const TailInstruction& one) { return IsQuantizer(one.op); });
}

// How far one side's float32 number at the frontier may be from its ideal. Deviations add up
// roundings of the ideal numbers; the float32 ones are larger by what they deviate, and the
// constants in the float32 operators likewise: 16 units of the whole for each operator, where none
// has more than 8 roundings, is more than that.
double FromIdeal(const SiteSide& side, const Frontier& end, std::size_t channel,
                 const std::vector<double>& ideal, std::size_t points, double sum_error) {
  const ConvBias& bias = side.conv.bias;
  const double start = sum_error + std::abs(bias.value[channel] - bias.ideal[channel]);
  Deviations known(side.tail.values.size(), channel, ideal, points, start,
                   Deviations::Count::kBound);
  const auto is_finite = [&](std::uint32_t reg) {
    const double* from = ideal.data() + reg * points;
    return std::all_of(from, from + points, [](double x) { return std::isfinite(x); }) &&
           known.SizeOf(reg) + 2 * known.At(reg) <
               static_cast<double>(std::numeric_limits<float>::max());
  };
  bool finite = is_finite(0);
  for (const std::uint32_t index : end.path) {
    known.Set(index + 1, DeviationOf(side.tail.instructions[index].op, known, index + 1));
    finite = finite && is_finite(index + 1);
  }
  const auto operators = static_cast<double>(end.path.size() + 1);
  const double deviation = known.At(end.reg) * (1 + operators * 0x1p-20);
  return finite && std::isfinite(deviation) ? deviation : std::numeric_limits<double>::infinity();
}

}  // namespace

bool AreLines(const SiteSide& before, const SiteSide& after, const IdealCandidates& candidates) {
  return candidates.complete && !HasQuantizer(before.tail) && !HasQuantizer(after.tail);
}

LineBound BoundLines(const SiteSide& before, const SiteSide& after, const PairPlan& pair,
                     std::size_t channel, const IdealPoints& points, const SumErrors& sums) {
  const Frontier& b_end = before.tail.frontiers[pair.before];
  const Frontier& a_end = after.tail.frontiers[pair.after];
  LineBound out;
  double error = 0;
  for (std::size_t i = 0; i < points.points; ++i) {
    const double b = points.before[b_end.reg * points.points + i];
    const double a = points.after[a_end.reg * points.points + i];
    error = std::max(error, kJointRounding * std::max(std::abs(a), std::abs(b)));
    const double gap =
        std::isfinite(a - b) ? std::abs(a - b) : std::numeric_limits<double>::infinity();
    if (gap <= out.gap) continue;
    out.gap = gap;
    out.worst = i;
  }
  out.apart = error + FromIdeal(before, b_end, channel, points.before, points.points, sums.before) +
              FromIdeal(after, a_end, channel, points.after, points.points, sums.after);
  return out;
}

}  // namespace foldproof::prove
