// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/step_function.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "harness/prove/tail/tail_evaluator.h"

namespace foldproof::prove {
namespace {

std::uint32_t BitsOf(float x) { return std::bit_cast<std::uint32_t>(x); }

void AppendStep(StepFunction& steps, std::int64_t start, float value) {
  if (std::isnan(value)) value = std::numeric_limits<float>::quiet_NaN();
  if (!steps.values.empty() && BitsOf(steps.values.back()) == BitsOf(value)) return;
  steps.starts.push_back(start);
  steps.values.push_back(value);
}

// The crc of `count` repetitions of a block, given the crc of the block and its length in bytes.
std::uint32_t Repeat(std::uint32_t block, std::int64_t length, std::int64_t count) {
  std::uint32_t out = 0;  // of nothing
  while (count > 0) {
    if (count & 1) out = static_cast<std::uint32_t>(crc32_combine(out, block, length));
    block = static_cast<std::uint32_t>(crc32_combine(block, block, length));
    length *= 2;
    count /= 2;
  }
  return out;
}

}  // namespace

bool operator==(const StepFunction& a, const StepFunction& b) {
  return a.high == b.high && a.starts == b.starts &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                    [](float x, float y) { return BitsOf(x) == BitsOf(y); });
}

StepFunction EnumerateSteps(const TailEvaluator& evaluator, const SearchPlan&, std::size_t frontier,
                            std::int64_t low, std::int64_t high) {
  const Frontier& end = evaluator.tail().frontiers[frontier];
  StepFunction steps;
  steps.high = high;
  std::vector<std::int64_t> block;
  RegisterBlock registers;
  for (std::int64_t a = low; a <= high;) {
    block.clear();
    for (; a <= high && block.size() < kPointsAtOnce; ++a) block.push_back(a);
    evaluator.Evaluate(block, end.path, registers);
    for (std::size_t i = 0; i < block.size(); ++i)
      AppendStep(steps, block[i], registers.low(end.reg)[i]);
  }
  return steps;
}

StepFunction SearchSteps(const TailEvaluator& evaluator, const SearchPlan& plan,
                         std::size_t frontier, std::int64_t low, std::int64_t high,
                         SearchScratch& scratch) {
  const Cells cells = SearchCells(evaluator, plan, low, high, scratch);
  if (!cells.searched() || !plan.is_cut[frontier]) {
    return EnumerateSteps(evaluator, plan, frontier, low, high);
  }
  const Frontier& end = evaluator.tail().frontiers[frontier];
  evaluator.Evaluate(cells.starts, end.path, scratch.block);
  StepFunction steps;
  steps.high = high;
  for (std::size_t i = 0; i < cells.starts.size(); ++i) {
    AppendStep(steps, cells.starts[i], scratch.block.low(end.reg)[i]);
  }
  return steps;
}

bool IsExactAt(const Tail& tail, std::size_t frontier) {
  const auto& path = tail.frontiers[frontier].path;
  return std::all_of(path.begin(), path.end(),
                     [&](std::uint32_t i) { return IsBitExact(tail.instructions[i].op); });
}

std::uint32_t Crc32(const StepFunction& steps) {
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < steps.starts.size(); ++i) {
    const std::int64_t end = i + 1 < steps.starts.size() ? steps.starts[i + 1] : steps.high + 1;
    const std::int64_t count = end - steps.starts[i];
    const std::uint32_t bits = std::isnan(steps.values[i]) ? 0x7fc00000u : BitsOf(steps.values[i]);
    const std::array<unsigned char, 4> bytes{
        static_cast<unsigned char>(bits), static_cast<unsigned char>(bits >> 8),
        static_cast<unsigned char>(bits >> 16), static_cast<unsigned char>(bits >> 24)};
    if (count < 16) {
      for (std::int64_t n = 0; n < count; ++n) {
        crc = static_cast<std::uint32_t>(crc32(crc, bytes.data(), 4));
      }
      continue;
    }
    const auto block = static_cast<std::uint32_t>(crc32(0, bytes.data(), 4));
    crc = static_cast<std::uint32_t>(crc32_combine(crc, Repeat(block, 4, count), 4 * count));
  }
  return crc;
}

}  // namespace foldproof::prove
