// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {

// The quantize whose codes `dequantize` reads; nullptr where moves lead to none.
const TailInstruction* QuantizeOf(const Tail& tail, const TailInstruction& dequantize);

// True where `op` reads `right`.
bool IsBinary(const TailInstruction& op);

// One channel of one side's tail in float64: the conv's value before its rounding, every quantizer
// the identity, constants with eps as the double of the graph and IEEE sqrt (docs/proof.md, "Ideal
// gap"). A quantize's register holds the real number that its code would stand for.
class IdealTail {
 public:
  explicit IdealTail(const TailEvaluator& evaluator) : evaluator_(&evaluator) {}

  // Registers, row-major [register][point], at `accumulators`.
  void Evaluate(std::span<const double> accumulators, std::span<const std::uint32_t> path,
                std::vector<double>& registers) const;

  double Constant(const TailOperand& operand) const;
  const Tail& tail() const { return evaluator_->tail(); }

 private:
  // `left` and `right` are the points of the operands' registers, null where they are constants.
  void Compute(const TailInstruction& op, const double* left, const double* right,
               std::span<double> out) const;
  void Reread(const TailInstruction& op, std::span<double> points) const;

  const TailEvaluator* evaluator_;
};

}  // namespace foldproof::prove
