// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/ideal_bound.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <queue>
#include <span>

#include "harness/prove/constants/taylor_model.h"
#include "harness/prove/tail/op/deviations.h"
#include "src/base/infinity.h"

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
double FromIdeal(const BoundedSide& one, const std::vector<double>& ideal, std::size_t points) {
  const Tail& tail = one.side.tail;
  const ConvBias& bias = one.side.conv.bias;
  const std::size_t channel = one.end.tail.channel();
  const double start = one.sum_error + std::abs(bias.value[channel] - bias.ideal[channel]);
  Deviations known(tail.values.size(), channel, ideal, points, start, Deviations::Count::kBound);
  const auto is_finite = [&](std::uint32_t reg) {
    const double* from = ideal.data() + reg * points;
    return std::all_of(from, from + points, [](double x) { return std::isfinite(x); }) &&
           known.SizeOf(reg) + 2 * known.At(reg) <
               static_cast<double>(std::numeric_limits<float>::max());
  };
  bool finite = is_finite(0);
  for (const std::uint32_t index : one.end.frontier.path) {
    known.Set(index + 1, DeviationOf(tail.instructions[index].op, known, index + 1));
    finite = finite && is_finite(index + 1);
  }
  const auto operators = static_cast<double>(one.end.frontier.path.size() + 1);
  const double deviation = known.At(one.end.frontier.reg) * (1 + operators * 0x1p-20);
  return finite && std::isfinite(deviation) ? deviation : kInfinity;
}

// FromIdeal over all sums of a range, from the least and the largest number that each register of
// the ideal tail has in parts of it.
class RangeFromIdeal {
 public:
  explicit RangeFromIdeal(const BoundedSide& one) : one_(one) {}

  // Divides the worst part until it is not much worse than some sum was seen to be.
  double Over(IntegerRange range) {
    Add(static_cast<double>(range.low), static_cast<double>(range.high));
    while (parts_.size() < kMostParts && parts_.top().most > kEnough * seen_) {
      const Part worst = parts_.top();
      parts_.pop();
      const double middle = (worst.from + worst.to) / 2;
      Add(worst.from, middle);
      Add(middle, worst.to);
    }
    return parts_.top().most;
  }

 private:
  static constexpr std::size_t kMostParts = 128;
  static constexpr double kEnough = 1 + 0x1p-10;

  struct Part {
    double from, to;
    double most;
    bool operator<(const Part& other) const { return most < other.most; }
  };

  void Add(double from, double to) {
    const double middle = (from + to) / 2;
    const std::span<const std::uint32_t> path = one_.end.frontier.path;
    one_.end.tail.Evaluate({&middle, 1}, path, at_middle_);
    seen_ = std::max(seen_, FromIdeal(one_, at_middle_, 1));
    // 2^-40: the ends are rounded, and no sum may lie between two parts.
    const double radius = (to - from) / 2 + 0x1p-40 * (std::abs(middle) + (to - from));
    Part part{from, to, kInfinity};
    if (one_.end.tail.Model(middle, radius, path, models_)) {
      ends_.assign(2 * models_.size(), 0);
      PutEnds(0);
      for (const std::uint32_t index : path) PutEnds(index + 1);
      part.most = FromIdeal(one_, ends_, 2);
    }
    parts_.push(part);
  }

  void PutEnds(std::uint32_t reg) {
    ends_[2 * reg] = models_[reg].Low() - models_[reg].Slack();
    ends_[2 * reg + 1] = models_[reg].High() + models_[reg].Slack();
  }

  const BoundedSide& one_;
  double seen_ = 0;
  std::priority_queue<Part> parts_;
  std::vector<TaylorModel> models_;
  std::vector<double> ends_, at_middle_;
};

}  // namespace

bool HaveNoQuantizer(const SiteSide& before, const SiteSide& after) {
  return !HasQuantizer(before.tail) && !HasQuantizer(after.tail);
}

IdealBound BoundLines(const BoundedSide& before, const BoundedSide& after,
                      const IdealCandidates& candidates, const IdealPoints& points) {
  IdealBound out;
  out.gap = 0;
  out.worst = candidates.At(0);
  double error = 0;
  for (std::size_t i = 0; i < points.points; ++i) {
    const double b = points.before[before.end.frontier.reg * points.points + i];
    const double a = points.after[after.end.frontier.reg * points.points + i];
    error = std::max(error, kJointRounding * std::max(std::abs(a), std::abs(b)));
    const double gap = std::isfinite(a - b) ? std::abs(a - b) : kInfinity;
    if (gap <= out.gap) continue;
    out.gap = gap;
    out.worst = candidates.At(i);
  }
  out.apart = error + FromIdeal(before, points.before, points.points) +
              FromIdeal(after, points.after, points.points);
  return out;
}

IdealBound BoundCurves(const BoundedSide& before, const BoundedSide& after,
                       IntegerRange before_range, IntegerRange after_range) {
  IdealBound out;
  out.apart = RangeFromIdeal(before).Over(before_range) + RangeFromIdeal(after).Over(after_range);
  return out;
}

void TellBound(const IdealBound& bound, const std::vector<ClassZonotope>& zonotopes,
               const PairPlan& pair, IntegerRange before_range,
               const std::function<double(SumPair)>& gap_at, ChannelVerdict& verdict) {
  const std::int64_t members = before_range.high - before_range.low + 1;
  const double most = pair.identical ? 0 : bound.most() / pair.lsb;
  const double spread = 2 * bound.apart / pair.lsb;
  const auto shown = [&](double gap) {
    return std::isfinite(bound.apart) ? std::max(0.0, gap - bound.apart) / pair.lsb : 0;
  };
  const std::int64_t u = std::llround(bound.worst.before);
  const ClassZonotope& zonotope = zonotopes[bound.worst.zonotope];
  std::vector<BoundaryInput> inputs;
  for (const bool upper : {false, true}) {
    if (!zonotope.occurs) continue;
    std::ranges::copy(zonotope.sums.InputsNear(u, upper), std::back_inserter(inputs));
  }
  std::optional<BuiltInput> best;
  for (const BoundaryInput& input : inputs) {
    const double lsb = shown(gap_at(input.sums));
    if (best && lsb <= best->lsb) continue;
    best = BuiltInput{
        lsb,   input.sums.before, input.sums.after, zonotope.sums.TapsOf(input), zonotope.tap_class,
        spread};
  }
  verdict.bit_equal = pair.identical;
  verdict.joint->reachable = verdict.joint->calibrated = best;
  if (auto& ideal = verdict.joint->ideal) {
    ideal->lsb = shown(gap_at({ideal->before, ideal->after}));
    ideal->spread_lsb = spread;
  }
  for (DomainFigures* figures : {&verdict.reachable, &verdict.calibrated}) {
    figures->lsb = most;
    figures->at_least = best ? best->lsb : 0;
    figures->accumulator = best ? best->before : u;
    if (best) figures->after_accumulator = best->after;
    figures->count = members;
    figures->over = IsOver(most, verdict.allowed_lsb) ? members : 0;
  }
}

}  // namespace foldproof::prove
