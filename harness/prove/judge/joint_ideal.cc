// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/joint_ideal.h"

#include <algorithm>
#include <cmath>
#include <limits>

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
  class Line {
   public:
    Line(const Bends& bends, std::uint32_t reg)
        : at_(bends.at_.data()),
          y_(bends.registers_.data() + reg * bends.at_.size()),
          last_(bends.at_.size() - 1) {}

    // Fast where u is near that of the last call.
    double At(double u) {
      while (piece_ + 1 < last_ && u > at_[piece_ + 1]) ++piece_;
      while (piece_ > 0 && u < at_[piece_]) --piece_;
      const double width = at_[piece_ + 1] - at_[piece_];
      const double part = width > 0 ? (u - at_[piece_]) / width : 0;
      return y_[piece_] + part * (y_[piece_ + 1] - y_[piece_]);
    }

   private:
    const double* at_;
    const double* y_;
    std::size_t last_;
    std::size_t piece_ = 0;
  };

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

// Of all corners the two at which a pair of registers is furthest apart, either way round, by the
// straight lines: within float64's rounding the furthest of all.
void AddFurthest(const Zonotope& sums, Bends::Line before, Bends::Line after, std::size_t z,
                 Adder& add) {
  double most = -std::numeric_limits<double>::infinity();
  double least = std::numeric_limits<double>::infinity();
  std::optional<SumPair> up;
  std::optional<SumPair> down;
  const auto see = [&](SumPair at) {
    const double apart =
        after.At(static_cast<double>(at.after)) - before.At(static_cast<double>(at.before));
    if (apart > most) {
      most = apart;
      up = at;
    }
    if (apart < least) {
      least = apart;
      down = at;
    }
  };
  for (const SumPair& corner : sums.LowerCorners()) see(corner);
  for (const SumPair& corner : sums.LowerCorners()) see(sums.Reflection(corner));
  for (const auto& found : {up, down}) {
    if (found) add(*found, z);
  }
}

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
    for (const auto& [b_reg, a_reg] : compared)
      AddFurthest(sums, Bends::Line(b, b_reg), Bends::Line(a, a_reg), z, add);
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
