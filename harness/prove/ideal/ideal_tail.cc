// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/ideal/ideal_tail.h"

#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/tail_models.h"

namespace foldproof::prove {

void IdealTail::Evaluate(std::span<const double> accumulators, std::span<const std::uint32_t> path,
                         std::vector<double>& registers) const {
  const Tail& tail = evaluator_->tail();
  const std::size_t n = accumulators.size();
  if (n == 0) return registers.clear();
  registers.resize(tail.values.size() * n);
  // The bias in float64 stands where the program's rounded one stood.
  const double input_scale = evaluator_->input_scale(), weight_scale = evaluator_->weight_scale();
  const double bias = evaluator_->ideal_bias();
  for (std::size_t i = 0; i < n; ++i) {
    registers[i] = accumulators[i] * input_scale * weight_scale + bias;
  }
  const IdealBlock known(registers.data(), n, channel());
  for (const std::uint32_t index : path) {
    ComputeIdeal(tail.instructions[index].op, known, {registers.data() + (index + 1) * n, n});
  }
}

bool IdealTail::Model(double center, double radius, std::span<const std::uint32_t> path,
                      std::vector<TaylorModel>& registers) const {
  return ModelRegisters(*evaluator_, Arithmetic::kIdeal, center, radius, path, registers);
}

}  // namespace foldproof::prove
