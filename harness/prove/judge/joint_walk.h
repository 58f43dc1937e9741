// SPDX-License-Identifier: BSD-3-Clause
//
// Cells of before's sum against ranges of after's: the proved bound U, and inputs that show how
// much of it is real (docs/proof.md, "Pairs of sums").
#pragma once

#include <optional>
#include <span>
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
    Shown shown;
    BoundaryInput input;
  };
  // One of tried_, by its index, and the zonotope that it is of.
  struct ChosenInput {
    std::size_t tried = 0;
    std::size_t zonotope = 0;
  };
  // The inputs of one cell that were looked at: some of tried_.
  struct TriedCell {
    std::size_t cell = 0;
    std::size_t zonotope = 0;
    std::size_t from = 0, to = 0;
  };

  void BoundCells(std::size_t zonotope, std::vector<CellBound>& bounds, bool& bit_equal) const;
  bool HasOtherBits(std::size_t cell, CellRange after) const;
  std::size_t UndefinedIn(CellRange after) const;
  void Keep(std::vector<WorstCell>& worst, const WorstCell& cell) const;
  void FindInputs(const std::vector<WorstCell>& reachable, const std::vector<WorstCell>& calibrated,
                  ChannelVerdict& verdict);
  std::optional<ChosenInput> Choose(const std::vector<WorstCell>& worst, bool calibrated);
  BuiltInput Build(const ChosenInput& chosen) const;
  std::span<const TriedInput> Try(const WorstCell& cell);

  const std::vector<ClassZonotope>& zonotopes_;
  const SideCells& before_;
  const SideCells& after_;
  SumPair margins_;
  double unit_;
  bool real_inputs_;
  CellFinder before_finder_, after_finder_;
  StepRanges after_ranges_;
  // Of after, where a cell is undefined: how many before cell i are, and numbers without theirs,
  // which are counted and never compared. Else empty.
  std::vector<std::uint32_t> undefined_before_;
  std::vector<double> least_, most_;
  std::vector<TriedInput> tried_;
  std::vector<TriedCell> tried_cells_;  // of either domain
};

}  // namespace foldproof::prove
