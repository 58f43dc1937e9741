// SPDX-License-Identifier: BSD-3-Clause
//
// Search against enumeration on random tails: same seeds, same tails.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/tail/step_function.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

class RandomTail {
 public:
  explicit RandomTail(unsigned seed) : random_(seed) {}

  ir::Program Make() {
    ConvSpec spec;
    const int taps = Between(1, 4);
    spec.weights.assign(2, {});
    for (auto& row : spec.weights) {
      for (int t = 0; t < taps; ++t) row.push_back(static_cast<std::int16_t>(Between(-127, 127)));
    }
    spec.input = Params(Scale(-8, -1));
    spec.weight_scales = {static_cast<float>(Scale(-10, 0)), static_cast<float>(Scale(-10, 0))};
    if (Between(0, 1)) spec.bias = Pair();
    // The value is about as large as the largest sum; quantizer scales are taken from around that.
    size_ = 127.0 * 100 * taps * spec.input.scale * static_cast<double>(spec.weight_scales[0]);
    ConvProgram p(spec);
    ir::ValueId value = p.conv();
    const int length = Between(0, 5);
    for (int i = 0; i < length; ++i) value = Append(p, value);
    value = p.Step(value, Params(size_ * Scale(-12, 1)));
    if (Between(0, 1)) value = p.Step(Append(p, value), Params(size_ * Scale(-9, 1)));
    return p.Return({value});
  }

 private:
  int Between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  double Real(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  double Scale(int low, int high) { return std::exp2(Real(low, high)); }
  std::vector<float> Pair() {
    const auto one = [&] {
      const int kind = Between(0, 9);
      return kind == 0 ? 0.0f : static_cast<float>(Real(-2, 2) * (kind == 1 ? 1e6 : 1.0));
    };
    const float first = one();
    return {first, one()};
  }
  ir::QuantParams Params(double scale) {
    const int z = Between(-128, 127);
    switch (Between(0, 3)) {
      case 0: return UInt8(scale, z + 128);
      case 1: return {scale, z, -127, 127, ir::ScalarType::kInt8};
      default: return Int8(scale, z);
    }
  }

  ir::ValueId Append(ConvProgram& p, ir::ValueId value) {
    switch (Between(0, 10)) {
      case 0: return p.Call("aten.relu.default", value);
      case 1: return p.Call("aten.neg.default", value);
      case 2:
        return p.Call("aten.hardtanh.default", value,
                      {{"min_val", -size_ * Real(0, 1)}, {"max_val", size_ * Real(0, 1)}});
      case 3: return p.Call("aten.mul.Tensor", value, {{"other", p.PerChannel(Pair())}});
      case 4: return p.Call("aten.div.Tensor", value, {{"other", p.PerChannel(Pair())}});
      case 5: return p.Call("aten.add.Tensor", value, {{"other", p.PerChannel(Pair())}});
      case 6:
        return p.Call("aten.sub.Tensor", value, {{"other", p.PerChannel(Pair())}, {"alpha", 2.0}});
      case 7: return p.Call("aten.add.Tensor", value, {{"other", p.conv()}});
      case 8:
        return p.Call("aten.leaky_relu.default", value, {{"negative_slope", Real(-0.1, 0.4)}});
      case 9: return p.Call("aten.abs.default", value);
      default:
        return p.BatchNorm(value, Pair(), Pair(), Pair(),
                           {static_cast<float>(Real(0, 2)), static_cast<float>(Scale(-20, 4))},
                           1e-5);
    }
  }

  std::mt19937 random_;
  double size_ = 1;
};

TEST(StepSweep, SearchAgreesOnRandomTails) {
  int searched = 0;
  SearchScratch scratch;
  for (unsigned seed = 0; seed < 400; ++seed) {
    const ReadProgram read(RandomTail(seed).Make());
    ASSERT_TRUE(read.site) << read.reason;
    const SiteSide& site = *read.site;
    for (std::size_t c = 0; c < site.conv.channels; ++c) {
      const AccumulatorSet reach = ReachOf(site.conv, c, Reach::kInterval);
      const TailEvaluator evaluator(site.tail, site.conv, c);
      const auto cells = SearchCells(evaluator, site.search, reach.lo(), reach.hi(), scratch);
      searched += cells.searched();
      ASSERT_EQ(SearchSteps(evaluator, site.search, 0, reach.lo(), reach.hi(), scratch),
                EnumerateSteps(evaluator, site.search, 0, reach.lo(), reach.hi()))
          << "seed " << seed << " channel " << c << " " << cells.why_not;
    }
  }
  // abs, negative slopes of leaky_relu, zero divisors and v + f(v) of two directions are not
  // searched; most tails are.
  EXPECT_GT(searched, 400);
}

}  // namespace
}  // namespace foldproof::prove
