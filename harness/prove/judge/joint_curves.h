// SPDX-License-Identifier: BSD-3-Clause
//
// The largest difference of two ideal tails over zonotopes where one of them is no line between
// kinks: by Taylor models over cells of the zonotopes (docs/proof.md, eq. 12c).
#pragma once

#include <queue>
#include <vector>

#include "harness/prove/judge/joint_ideal.h"

namespace foldproof::prove {

class JointCurveSearch {
 public:
  // All of them outlive the search; `scratch` is overwritten.
  JointCurveSearch(const std::vector<ClassZonotope>& zonotopes, const IdealEnd& before,
                   const IdealEnd& after, IdealPoints& scratch)
      : zonotopes_(zonotopes), before_(before), after_(after), scratch_(scratch) {}

  // Divides the worst cell until no point can be more than `resolution`, or a thousandth, above the
  // largest difference that was found, or `most` cells were bounded; what a point may be above it
  // all the same is part of the error. false where some cell has no bound, or one that is too far
  // above that difference to tell a wrong constant by. Once more with a finer resolution, it goes
  // on where it stopped.
  bool Run(double resolution, std::size_t most);

  JointIdealGap found() const {
    JointIdealGap out = found_;
    out.gap.error += left_;
    return out;
  }
  // What the two differ by at most at any point, whatever Run said. Behind it.
  double most() const { return cells_.top().bound + found_.gap.error; }

 private:
  // The points with u in [from, to], and u' from `lower` to `upper` of the way from the lower
  // boundary to the upper one.
  struct Cell {
    double from, to;
    double lower = 0, upper = 1;
    std::size_t zonotope = 0;
    double bound = 0;
    bool operator<(const Cell& other) const { return bound < other.bound; }
  };
  // u' of a cell is within `half` of centre + slope * (u - the middle of the cell).
  struct Band {
    double slope, centre, half;
  };

  const Zonotope& SumsOf(const Cell& cell) const { return zonotopes_[cell.zonotope].sums; }
  double At(const Cell& cell, double u, double part) const;
  Band BandOf(const Cell& cell) const;
  double BoundOf(const Cell& cell);
  void LookAround(std::size_t zonotope);
  void LookAt(const std::vector<double>& before, const std::vector<double>& after,
              std::size_t zonotope);
  bool IsUpright(const Cell& cell) const;
  void Add(Cell cell);
  void DivideWorst();

  const std::vector<ClassZonotope>& zonotopes_;
  IdealEnd before_;
  IdealEnd after_;
  IdealPoints& scratch_;
  std::vector<TaylorModel> before_models_, after_models_;  // of the registers, over the last cell
  std::priority_queue<Cell> cells_;                        // the largest bound first
  JointIdealGap found_;
  double left_ = 0;  // what a point may be above what was found
};

}  // namespace foldproof::prove
