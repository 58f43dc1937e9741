// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/tail_models.h"

#include <limits>

namespace foldproof::prove {
namespace {

// What float64 rounds before the conv's value is a float32 number: two products and a sum.
TaylorModel ConvModel(const TailEvaluator& evaluator, const CellModels& known,
                      const TaylorModel& accumulator) {
  TaylorModel product = accumulator * evaluator.input_scale() * evaluator.weight_scale();
  if (!known.is_float()) return product + evaluator.ideal_bias();
  product.rest += 8 * kUnit * (product.Size() + std::abs(evaluator.bias()));
  return known.Rounded(product + evaluator.bias());
}

}  // namespace

bool ModelRegisters(const TailEvaluator& evaluator, Arithmetic arithmetic, double center,
                    double radius, std::span<const std::uint32_t> path,
                    std::vector<TaylorModel>& registers) {
  const Tail& tail = evaluator.tail();
  registers.resize(tail.values.size());
  const CellModels known(registers.data(), evaluator.channel(), arithmetic);
  // Float32 numbers stay below its largest one.
  const double most = known.is_float() ? static_cast<double>(std::numeric_limits<float>::max()) / 2
                                       : std::numeric_limits<double>::max();
  const auto is_known = [most](const TaylorModel& x) { return x.Size() + x.rest <= most; };
  TaylorModel accumulator = TaylorModel::Constant(center);
  accumulator.c[1] = radius;
  registers[0] = ConvModel(evaluator, known, accumulator);
  for (const std::uint32_t index : path) {
    const auto model = ModelOf(tail.instructions[index].op, known);
    if (!model || !is_known(*model)) return false;
    registers[index + 1] = *model;
  }
  return is_known(registers[0]);
}

}  // namespace foldproof::prove
