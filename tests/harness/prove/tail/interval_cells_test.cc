// SPDX-License-Identifier: BSD-3-Clause
//
// Cells behind functions that rise and fall, or that kernels compute in several ways: at every
// accumulator of a cell every kernel gives the code of the cell.
#include "harness/prove/tail/interval_cells.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "harness/prove/tail/step_search.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::interval_cells_test {

using Function = std::function<ir::ValueId(ConvProgram&, ir::ValueId)>;

Function Called(const std::string& target, ConvProgram::Arguments more = {}) {
  return [=](ConvProgram& p, ir::ValueId x) { return p.Call(target, x, more); };
}

// A * step, of one tap, through the function into 8 bits of scale 0.04.
ir::Program Written(float step, const Function& function) {
  ConvProgram p{ConvSpec{}};
  const ir::ValueId x = p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({step})}});
  return p.Return({p.Step(function(p, x), UInt8(0.04, 17))});
}

struct CodesAt {
  float low, high;
};

// The unclamped codes that kernels give at one accumulator after the other.
std::vector<CodesAt> Enumerate(const TailEvaluator& evaluator,
                               const SearchPlan::Quantizer& quantizer, std::int64_t low,
                               std::int64_t high) {
  std::vector<CodesAt> out;
  const TailOperator& op = evaluator.tail().instructions[quantizer.instruction].op;
  for (std::int64_t a = low; a <= high; ++a) {
    const std::vector<std::int64_t> at{a};
    RegisterBlock block;
    evaluator.Evaluate(at, quantizer.path, block);
    const PointBlock points(at, 0, quantizer.instruction + 1, block);
    CodesAt codes{};
    ComputeExtendedCodes(op, points, IntervalEnd::kLow, {&codes.low, 1});
    ComputeExtendedCodes(op, points, IntervalEnd::kHigh, {&codes.high, 1});
    out.push_back(codes);
  }
  return out;
}

const std::vector<std::pair<const char*, Function>> kFunctions = {
    {"silu", Called("aten.silu.default")},
    {"gelu", Called("aten.gelu.default")},
    {"mish", Called("aten.mish.default")},
    {"hardswish", Called("aten.hardswish.default")},
    {"tanh", Called("aten.tanh.default")},
    {"sigmoid", Called("aten.sigmoid.default")},
    {"exp", Called("aten.exp.default")},
    {"abs", Called("aten.abs.default")},
    {"reciprocal", Called("aten.reciprocal.default")},
    {"x * sigmoid(x)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.Call("aten.mul.Tensor", x, {{"other", p.Call("aten.sigmoid.default", x)}});
     }},
    {"max(x, -x)",
     [](ConvProgram& p, ir::ValueId x) {
       return p.Call("aten.maximum.default", x, {{"other", p.Call("aten.neg.default", x)}});
     }},
};

TEST(IntervalCells, HoldOneCodeEach) {
  for (const auto& [name, function] : kFunctions) {
    for (const float step : {0.001f, -0.0007f, 0.02f}) {
      const ReadProgram read(Written(step, function));
      ASSERT_TRUE(read.site) << name;
      const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
      const SearchPlan::Quantizer& quantizer = read.site->search.first_quantizers.at(0);
      constexpr std::int64_t kLow = -6000, kHigh = 6500;
      RegisterBlock scratch;
      std::vector<std::int64_t> starts{kLow};
      std::int64_t evaluations = 0;
      ASSERT_TRUE(SplitByIntervals(evaluator, {quantizer.instruction, quantizer.path}, kLow, kHigh,
                                   1 << 20, scratch, starts, evaluations))
          << name;
      const std::vector<CodesAt> all = Enumerate(evaluator, quantizer, kLow, kHigh);
      for (std::size_t i = 0; i < starts.size(); ++i) {
        const std::int64_t to = i + 1 < starts.size() ? starts[i + 1] - 1 : kHigh;
        const CodesAt first = all[static_cast<std::size_t>(starts[i] - kLow)];
        for (std::int64_t a = starts[i] + 1; a <= to; ++a) {
          const CodesAt codes = all[static_cast<std::size_t>(a - kLow)];
          ASSERT_EQ(first.low, first.high) << name << " at " << starts[i] << ", up to " << to;
          ASSERT_EQ(codes.low, first.low) << name << " at " << a;
          ASSERT_EQ(codes.high, first.low) << name << " at " << a;
        }
      }
      // Neighbours of one code are joined; where kernels give several, cells are single.
      EXPECT_LT(starts.size(), 2500u) << name << " by " << step;
    }
  }
}

TEST(IntervalCells, AreNoneWhereTooManyWouldBeLookedAt) {
  const ReadProgram read(Written(0.001f, Called("aten.silu.default")));
  const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
  const SearchPlan::Quantizer& quantizer = read.site->search.first_quantizers.at(0);
  RegisterBlock scratch;
  std::vector<std::int64_t> starts{-6000};
  std::int64_t evaluations = 0;
  EXPECT_FALSE(SplitByIntervals(evaluator, {quantizer.instruction, quantizer.path}, -6000, 6000, 64,
                                scratch, starts, evaluations));
  EXPECT_EQ(starts.size(), 1u);
}

// 400 taps of weight 99: ten million accumulators, of which a few thousand cells are made.
TEST(IntervalCells, MakeStepsOfALongReach) {
  ConvSpec spec;
  spec.weights = {std::vector<std::int16_t>(400, 99)};
  ConvProgram p(spec);
  const ir::ValueId x = p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({1e-6f})}});
  const ReadProgram read(p.Return({p.Step(p.Call("aten.silu.default", x), UInt8(0.04, 17))}));
  const TailEvaluator evaluator(read.site->tail, read.site->conv, 0);
  SearchScratch scratch;
  const Cells cells = SearchCells(evaluator, read.site->search, -128 * 39600, 127 * 39600, scratch);
  ASSERT_TRUE(cells.searched()) << cells.why_not;
  EXPECT_TRUE(cells.by_intervals);
  EXPECT_GT(cells.starts.size(), 100u);  // silu goes from -0.28 to 5.0: 132 codes of 0.04
  EXPECT_LT(cells.evaluations, 100000);
}

}  // namespace foldproof::prove::interval_cells_test
