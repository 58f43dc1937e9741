// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_ideal.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "harness/prove/joint/furthest_corners.h"

namespace foldproof::prove {
namespace {

// One ideal tail over a range of its sum: where it bends, and its registers there.
class Bends {
 public:
  Bends(const IdealEnd& end, IntegerRange range) {
    const auto low = static_cast<double>(range.low);
    const auto high = static_cast<double>(range.high);
    are_lines_ = FindKinks(end.tail, low, high, end.frontier.path, kinks_) == IdealShape::kLines;
    at_ = kinks_;
    at_.push_back(low);
    at_.push_back(high);
    std::ranges::sort(at_);
    if (are_lines_) end.tail.Evaluate(at_, end.frontier.path, registers_);
  }

  bool are_lines() const { return are_lines_; }
  const std::vector<double>& kinks() const { return kinks_; }

  // A register between its bends, by straight lines.
  BrokenLine LineOf(std::uint32_t reg) const {
    return {at_, std::span(registers_).subspan(reg * at_.size(), at_.size())};
  }

 private:
  std::vector<double> kinks_;
  std::vector<double> at_;
  std::vector<double> registers_;
  bool are_lines_ = false;
};

class Adder {
 public:
  explicit Adder(IdealCandidates& out) : out_(out) {}

  void operator()(double before, double after, std::size_t zonotope) {
    out_.before.push_back(before);
    out_.after.push_back(after);
    out_.zonotope.push_back(zonotope);
  }
  void operator()(SumPair at, std::size_t zonotope) {
    (*this)(static_cast<double>(at.before), static_cast<double>(at.after), zonotope);
  }

 private:
  IdealCandidates& out_;
};

}  // namespace

IdealCandidates FindIdealCandidates(const std::vector<ClassZonotope>& zonotopes,
                                    const IdealEnd& before, const IdealEnd& after,
                                    const std::vector<RegisterPair>& compared) {
  IdealCandidates out;
  Adder add(out);
  for (std::size_t z = 0; z < zonotopes.size(); ++z) {
    const Zonotope& sums = zonotopes[z].sums;
    const Bends b(before, sums.before());
    const Bends a(after, sums.after());
    out.complete = out.complete && b.are_lines() && a.are_lines();
    if (!out.complete) {
      for (const SumPair& corner : sums.Corners()) add(corner, z);
      continue;
    }
    // Where either sum is largest or smallest, which a register may be, too.
    for (const SumPair& corner : sums.ExtremeCorners()) add(corner, z);
    // And the corners at which a pair of registers is furthest apart, either way round.
    for (const auto& [b_reg, a_reg] : compared) {
      const FurthestCorners found = FindFurthestCorners(sums, b.LineOf(b_reg), a.LineOf(a_reg));
      for (const auto& corner : {found.up, found.down}) {
        if (corner) add(*corner, z);
      }
    }
    for (const double kink : b.kinks()) {
      const double low = sums.BoundaryAt(kink, false);
      const double high = sums.BoundaryAt(kink, true);
      add(kink, low, z);
      add(kink, high, z);
      for (const double other : a.kinks()) {
        if (low <= other && other <= high) add(kink, other, z);
      }
    }
    for (const double kink : a.kinks()) {
      for (const bool right : {false, true}) add(sums.SideAt(kink, right), kink, z);
    }
  }
  return out;
}

void JointIdealGap::See(double before, double after, const JointPoint& at) {
  const double apart = std::abs(after - before);
  if (std::isinf(gap.gap)) return;
  if (!std::isfinite(apart)) {
    gap.gap = std::numeric_limits<double>::infinity();
    worst = at;
    is_before_finite = std::isfinite(before);
    return;
  }
  gap.error = std::max(gap.error, kJointRounding * std::max(std::abs(after), std::abs(before)));
  if (apart <= gap.gap) return;
  gap.gap = apart;
  worst = at;
}

JointIdealGap FindJointIdealGap(const IdealCandidates& candidates, const IdealPoints& points,
                                const IdealEnd& before, const IdealEnd& after) {
  JointIdealGap out;
  if (points.points > 0) out.worst = candidates.At(0);
  for (std::size_t i = 0; i < points.points; ++i) {
    out.See(points.before[before.frontier.reg * points.points + i],
            points.after[after.frontier.reg * points.points + i], candidates.At(i));
  }
  return out;
}

}  // namespace foldproof::prove
