// SPDX-License-Identifier: BSD-3-Clause
//
// One operator of a tail on registers that a test makes up. Registers are numbered from 0; the
// operator's result is the one behind them.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/point_block.h"
#include "harness/prove/tail/op/tail_operator.h"

namespace foldproof::prove {

// The same number in every channel, in float64 too.
inline TailOperand Constant(float number) {
  return ChannelConstant{{number}, {static_cast<double>(number)}};
}

struct Evaluated {
  bool exact = true;
  std::vector<float> low;
  std::vector<float> high;  // empty where exact
  std::vector<std::uint8_t> flags;
};

// Each register as its points, low and high; where these are the same vector it is exact.
inline Evaluated EvaluateIntervals(
    const TailOperator& op,
    const std::vector<std::pair<std::vector<float>, std::vector<float>>>& registers,
    std::size_t channel = 0) {
  const std::size_t n = registers.at(0).first.size();
  const std::vector<std::int64_t> accumulators(n, 0);
  RegisterBlock block;
  block.Resize(registers.size() + 1, n);
  for (std::size_t r = 0; r < registers.size(); ++r) {
    const auto& [low, high] = registers[r];
    std::copy(low.begin(), low.end(), block.low(r).begin());
    if (low == high) continue;
    block.set_exact(r, false);
    std::copy(high.begin(), high.end(), block.high(r).begin());
  }
  PointBlock points(accumulators, channel, registers.size(), block);
  Evaluate(op, points);
  const auto low = points.low(), high = points.high();
  const auto flags = points.flags();
  return {points.exact(),
          {low.begin(), low.end()},
          {high.begin(), high.end()},
          {flags.begin(), flags.end()}};
}

inline std::vector<float> EvaluatePoints(const TailOperator& op,
                                         const std::vector<std::vector<float>>& registers,
                                         std::size_t channel = 0) {
  std::vector<std::pair<std::vector<float>, std::vector<float>>> exact;
  for (const auto& points : registers) exact.emplace_back(points, points);
  return EvaluateIntervals(op, exact, channel).low;
}

// nullopt: not monotone.
inline std::optional<int> DirectionWith(const TailOperator& op,
                                        const std::vector<std::optional<int>>& registers) {
  Directions known(registers.size(), 0);
  for (std::uint32_t r = 0; r < registers.size(); ++r) known.Set(r, registers[r]);
  return DirectionOf(op, known);
}

inline LinearForm LineWith(const TailOperator& op, const std::vector<LinearForm>& registers) {
  Lines known(registers.size(), 0, registers.at(0));
  for (std::uint32_t r = 0; r < registers.size(); ++r) known.Set(r, registers[r]);
  return LineOf(op, known);
}

inline bool operator==(const LinearForm& a, const LinearForm& b) {
  return a.slope == b.slope && a.offset == b.offset;
}

inline std::vector<double> IdealWith(const TailOperator& op,
                                     const std::vector<std::vector<double>>& registers) {
  const std::size_t n = registers.at(0).size();
  std::vector<double> all;
  for (const auto& points : registers) all.insert(all.end(), points.begin(), points.end());
  std::vector<double> out(n);
  ComputeIdeal(op, IdealBlock(all.data(), n, 0), out);
  return out;
}

inline int DegreeWith(const TailOperator& op, const std::vector<int>& registers) {
  Degrees known(registers.size());
  for (std::uint32_t r = 0; r < registers.size(); ++r) known.Set(r, registers[r]);
  return DegreeOf(op, known);
}

// What is asked about deviations: of each register its largest ideal magnitude and how far it is
// off; of the result its largest magnitude.
struct Sizes {
  std::vector<double> registers;
  double result = 0;
  std::vector<double> deviations;
  double start = 0;
};

// `ideal` outlives what is returned.
inline Deviations DeviationsOf(const Sizes& sizes, bool rounding, std::vector<double>& ideal) {
  ideal = sizes.registers;
  ideal.push_back(sizes.result);
  const auto count = rounding ? Deviations::Count::kRounding : Deviations::Count::kSpread;
  Deviations known(ideal.size(), 0, ideal, 1, sizes.start, count);
  for (std::size_t r = 0; r < sizes.deviations.size(); ++r) known.Set(r, sizes.deviations[r]);
  return known;
}

inline double DeviationWith(const TailOperator& op, const Sizes& sizes, bool rounding = true) {
  std::vector<double> ideal;
  return DeviationOf(op, DeviationsOf(sizes, rounding, ideal),
                     static_cast<std::uint32_t>(sizes.registers.size()));
}

}  // namespace foldproof::prove
