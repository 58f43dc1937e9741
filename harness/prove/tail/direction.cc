// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/direction.h"

#include <array>
#include <cmath>
#include <string>

#include "harness/prove/tail/op/monotone.h"

namespace foldproof::prove {

Direction DirectionOf(const TailEvaluator& evaluator, const std::vector<std::uint32_t>& path,
                      std::uint32_t reg, std::int64_t low, std::int64_t high,
                      RegisterBlock& block) {
  const Tail& tail = evaluator.tail();
  const std::array<std::int64_t, 2> ends{low, high};
  evaluator.Evaluate(ends, path, block);
  Directions directions(tail.values.size(), evaluator.channel());
  // The conv's value falls as A rises where a scale is negative, and a scale of 0 makes it the
  // bias.
  directions.Set(0, SignOf(static_cast<float>(evaluator.input_scale())) *
                        SignOf(static_cast<float>(evaluator.weight_scale())));
  const auto finite = [&](std::size_t r) {
    return std::isfinite(block.low(r)[0]) && std::isfinite(block.low(r)[1]);
  };
  if (!finite(0)) return {0, "the conv's value is not finite"};
  for (const std::uint32_t index : path) {
    const TailInstruction& instruction = tail.instructions[index];
    const auto direction =
        IsBitExact(instruction.op) ? DirectionOf(instruction.op, directions) : std::nullopt;
    if (!direction || !finite(index + 1)) {
      return {0, std::string(direction ? "not finite" : "not monotone") + ": operator " +
                     std::to_string(index + 1) + " of its tail"};
    }
    directions.Set(index + 1, direction);
  }
  return {directions.At(reg).value_or(0), directions.At(reg) ? "" : "not monotone"};
}

}  // namespace foldproof::prove
