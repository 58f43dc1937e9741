// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/constants/taylor_model.h"
#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// Every operation of an ideal tail is within half a float64 step: a few dozen of them are within
// this of the largest number that took part.
inline constexpr double kIdealRounding = 64 * 0x1p-53;

// One channel of one side's tail in float64: the conv's value before its rounding, every quantizer
// the identity, constants with eps as the double of the graph and IEEE sqrt (docs/proof.md, "Ideal
// gap"). A quantize's register holds the real number that its code would stand for.
class IdealTail {
 public:
  explicit IdealTail(const TailEvaluator& evaluator) : evaluator_(&evaluator) {}

  // Registers, row-major [register][point], at `accumulators`.
  void Evaluate(std::span<const double> accumulators, std::span<const std::uint32_t> path,
                std::vector<double>& registers) const;

  // Models of the registers on `path` over center - radius <= A <= center + radius; false where one
  // has none. `registers` has all of the tail.
  bool Model(double center, double radius, std::span<const std::uint32_t> path,
             std::vector<TaylorModel>& registers) const;

  const Tail& tail() const { return evaluator_->tail(); }
  std::size_t channel() const { return evaluator_->channel(); }

 private:
  const TailEvaluator* evaluator_;
};

}  // namespace foldproof::prove
