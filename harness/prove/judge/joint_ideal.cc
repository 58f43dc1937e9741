// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_ideal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

// The kinks of one ideal tail over `range`; false where it is not linear between them.
bool KinksOf(const IdealEnd& end, IntegerRange range, std::vector<double>& kinks) {
  return FindKinks(end.tail, static_cast<double>(range.low), static_cast<double>(range.high),
                   end.frontier.path, kinks) == IdealShape::kLines;
}

class Adder {
 public:
  explicit Adder(IdealCandidates& out) : out_(out) {}

  void operator()(double before, double after, std::size_t zonotope) {
    out_.before.push_back(before);
    out_.after.push_back(after);
    out_.zonotope.push_back(zonotope);
  }

 private:
  IdealCandidates& out_;
};

}  // namespace

IdealCandidates FindIdealCandidates(const std::vector<ZonotopePair>& zonotopes,
                                    const IdealEnd& before, const IdealEnd& after) {
  IdealCandidates out;
  Adder add(out);
  for (std::size_t z = 0; z < zonotopes.size(); ++z) {
    const Zonotope& sums = zonotopes[z].sums;
    const Zonotope& exchanged = zonotopes[z].exchanged;
    for (const SumPair& corner : sums.Corners())
      add(static_cast<double>(corner.before), static_cast<double>(corner.after), z);
    std::vector<double> b_kinks;
    std::vector<double> a_kinks;
    out.complete &= KinksOf(before, sums.before(), b_kinks);
    out.complete &= KinksOf(after, sums.after(), a_kinks);
    if (!out.complete) continue;
    for (const double kink : b_kinks) {
      const double low = sums.BoundaryAt(kink, false);
      const double high = sums.BoundaryAt(kink, true);
      add(kink, low, z);
      add(kink, high, z);
      for (const double other : a_kinks) {
        if (low <= other && other <= high) add(kink, other, z);
      }
    }
    for (const double kink : a_kinks) {
      for (const bool upper : {false, true}) add(exchanged.BoundaryAt(kink, upper), kink, z);
    }
  }
  return out;
}

JointIdealGap FindJointIdealGap(const IdealPoints& points, const IdealEnd& before,
                                const IdealEnd& after) {
  JointIdealGap out;
  for (std::size_t i = 0; i < points.points; ++i) {
    const double b = points.before[before.frontier.reg * points.points + i];
    const double a = points.after[after.frontier.reg * points.points + i];
    const double apart = std::abs(a - b);
    if (!std::isfinite(apart)) {
      out.gap.gap = std::numeric_limits<double>::infinity();
      out.worst = i;
      out.is_before_finite = std::isfinite(b);
      return out;
    }
    // 64 float64 steps as of one sum, and the 2^-30 to which the weights of float sums are held.
    out.gap.error = std::max(out.gap.error, 0x1p-46 * std::max(std::abs(a), std::abs(b)));
    if (apart > out.gap.gap) {
      out.gap.gap = apart;
      out.worst = i;
    }
  }
  return out;
}

}  // namespace foldproof::prove
