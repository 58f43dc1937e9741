// SPDX-License-Identifier: BSD-3-Clause
//
// Cells of before's sum against ranges of after's: the proved bound U, and inputs that show how
// much of it is real (docs/proof.md, "Pairs of sums").
#pragma once

#include <optional>
#include <vector>

#include "harness/prove/judge/joint_ideal.h"
#include "harness/prove/judge/side_cells.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

class JointWalk {
 public:
  // All outlive the walk. A kernel's sum stands for an integer within `margins` of the exact one;
  // the cells cover the zonotopes widened by them. `unit` is LSB a unit of the compared numbers.
  // `real_inputs`: the points between integers belong to inputs, too.
  JointWalk(const std::vector<ClassZonotope>& zonotopes, const SideCells& before,
            const SideCells& after, SumPair margins, double unit, bool real_inputs);

  // kBounds: U alone; kInputs: and inputs that show how much of it is real.
  enum class Asked { kBounds, kInputs };
  // Figures over the reachable and the calibrated domain. `verdict` has its tolerance.
  void Run(Asked asked, ChannelVerdict& verdict);

  // What an input with these sums shows at least; nothing where before is undefined somewhere
  // within the margins.
  struct Shown {
    double lsb = 0;
    bool defined = false;
    bool calibrated = false;
  };
  Shown ShownBy(SumPair sums) const;

 private:
  struct CellBound {
    double lsb = -1;  // nothing reaches the cell
    std::size_t zonotope = 0;
  };
  struct WorstCell {
    double lsb = 0;
    std::size_t cell = 0;
    std::size_t zonotope = 0;
  };

  // An input that was looked at.
  struct TriedInput {
    double lsb = 0;
    std::size_t zonotope = 0;
    BoundaryInput input;
  };
  // Where the last cell was found, of one zonotope.
  struct Place {
    Zonotope::Place boundary;
    CellFinder after;
  };

  CellBound BoundOf(std::size_t cell, std::vector<Place>& places, bool& bit_equal) const;
  bool HasOtherBits(std::size_t cell, CellRange after) const;
  std::size_t UndefinedIn(CellRange after) const;
  void Keep(std::vector<WorstCell>& worst, const WorstCell& cell) const;
  void FindInputs(const std::vector<WorstCell>& reachable, const std::vector<WorstCell>& calibrated,
                  ChannelVerdict& verdict) const;
  std::optional<BuiltInput> Build(const std::vector<WorstCell>& worst, bool calibrated) const;
  void Try(const WorstCell& cell, bool calibrated, std::optional<TriedInput>& best) const;

  const std::vector<ClassZonotope>& zonotopes_;
  const SideCells& before_;
  const SideCells& after_;
  SumPair margins_;
  double unit_;
  bool real_inputs_;
  StepRanges after_ranges_;
  // Of after, where a cell is undefined: how many before cell i are, and numbers without theirs,
  // which are counted and never compared. Else empty.
  std::vector<std::uint32_t> undefined_before_;
  std::vector<double> least_, most_;
};

}  // namespace foldproof::prove
