// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/ideal_kinks.h"

#include <algorithm>
#include <cmath>

#include "harness/prove/tail/op/ideal_block.h"

namespace foldproof::prove {
namespace {

// Steps that a line is asked for: an eighth of this.
constexpr double kMostLineSteps = 4096;

// A straight piece of a register.
struct StraightPiece {
  double from, at_from;
  double to, at_to;

  // Where it meets `level` strictly between its ends, if it does and they are finite.
  void AddCrossing(double level, std::vector<double>& kinks) const {
    const double a = at_from - level, b = at_to - level;
    if (!std::isfinite(a - b)) return;
    if ((a < 0 && b > 0) || (a > 0 && b < 0)) kinks.push_back(from + (to - from) * (a / (a - b)));
  }

  // Where it meets an integer, which floor and trunc step at (trunc not at 0). false where there
  // are so many that looking at each accumulator is as good, or where it is so flat that rounding
  // of its values (eq. 13) may move a step by half an accumulator or more.
  bool AddIntegerCrossings(std::vector<double>& kinks) const {
    const double low = std::min(at_from, at_to), high = std::max(at_from, at_to);
    const double size = std::max(std::abs(low), std::abs(high));
    const bool is_flat = (high - low) * 0x1p45 < size * (to - from);
    if (!((high - low) * 8 < std::min(to - from, kMostLineSteps)) || is_flat) return false;
    for (double level = std::ceil(low); level <= high; ++level) AddCrossing(level, kinks);
    return true;
  }
};

class KinkFinder {
 public:
  KinkFinder(const IdealTail& ideal, double low, double high, std::span<const std::uint32_t> path,
             std::vector<double>& kinks)
      : ideal_(ideal),
        low_(low),
        high_(high),
        path_(path),
        kinks_(kinks),
        degrees_(ideal.tail().values.size()),
        steps_(ideal.tail().values.size(), 0) {}

  IdealShape Run() {
    int most = 0;
    bool steps = false;
    for (const std::uint32_t index : path_) {
      const TailOperator& op = ideal_.tail().instructions[index].op;
      const int degree = DegreeOf(op, degrees_);
      degrees_.Set(index + 1, degree);
      for (const std::uint32_t reg : ReadsOf(op)) steps_[index + 1] |= steps_[reg];
      if (degree == kNoPolynomial || !Bend(op, index + 1)) return IdealShape::kOther;
      most = std::max(most, degree);
      steps = steps || steps_[index + 1];
    }
    if (steps) return IdealShape::kSteps;
    return most <= 1 ? IdealShape::kLines : IdealShape::kParabolas;
  }

 private:
  // Adds the kinks that `op` makes, in register `to`, of operands that are lines without steps, or
  // constant between kinks; false where they are not.
  bool Bend(const TailOperator& op, std::uint32_t to) {
    const Kinks bends = KinksOf(op);
    if (bends.empty()) return true;
    const RegisterList reads = ReadsOf(op);
    if (std::ranges::all_of(reads, [&](std::uint32_t reg) { return degrees_.At(reg) == 0; })) {
      return true;
    }
    if (steps_[to]) return false;
    steps_[to] = bends.steps_at_integers || bends.steps_at_levels;
    ends_.assign(kinks_.begin(), kinks_.end());
    ends_.push_back(low_);
    ends_.push_back(high_);
    std::sort(ends_.begin(), ends_.end());
    ideal_.Evaluate(ends_, path_, values_);
    const IdealBlock at(values_.data(), ends_.size(), ideal_.channel());
    for (std::size_t i = 0; i + 1 < ends_.size(); ++i) {
      const StraightPiece line{ends_[i], bends.number(at, i), ends_[i + 1],
                               bends.number(at, i + 1)};
      for (const double level : bends.levels) line.AddCrossing(level, kinks_);
      if (bends.steps_at_integers && !line.AddIntegerCrossings(kinks_)) return false;
    }
    return true;
  }

  const IdealTail& ideal_;
  double low_, high_;
  std::span<const std::uint32_t> path_;
  std::vector<double>& kinks_;
  Degrees degrees_;
  std::vector<char> steps_;     // of each register: is it no line but steps between kinks?
  std::vector<double> ends_;    // of the lines between the kinks so far
  std::vector<double> values_;  // of each register at `ends_`
};

}  // namespace

IdealShape FindKinks(const IdealTail& ideal, double low, double high,
                     std::span<const std::uint32_t> path, std::vector<double>& kinks) {
  return KinkFinder(ideal, low, high, path, kinks).Run();
}

}  // namespace foldproof::prove
