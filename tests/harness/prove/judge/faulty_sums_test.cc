// SPDX-License-Identifier: BSD-3-Clause
//
// What sees a judge of float sums with a fault: runs in plain float32, which go beyond its bound
// and not beyond that of the right judge.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>

#include "harness/prove/judge/joint_judge.h"
#include "tests/harness/prove/float_net.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::nets::faulty_sums_test {
namespace {

// A linear, and the same as a matrix product, whose kernel may add in another order.
ir::Program Linear(const Floats& weights) {
  FloatNet net({1, static_cast<std::int64_t>(weights.size())});
  return net.Return(
      {net.Linear(net.x(), {1, static_cast<std::int64_t>(weights.size())}, weights, {0})});
}
ir::Program Product(const Floats& weights) {
  FloatNet net({1, static_cast<std::int64_t>(weights.size())});
  return net.Return(
      {net.Call("aten.addmm.default",
                {{"self", net.Constant({1}, {0})},
                 {"mat1", net.x()},
                 {"mat2", net.Constant({static_cast<std::int64_t>(weights.size()), 1}, weights)}},
                {1, 1})});
}

// The bound of the one site, real units, after `fault` changed it.
template <typename Fault>
double BoundOf(const Floats& before, const Floats& after, Fault fault) {
  const SidePair pair(Linear(before), Product(after));
  Matching matching = pair.Match();
  MatchedSite& site = matching.sites.at(0);
  fault(site);
  JudgeScratch scratch;
  const ChannelJudgement judged =
      JudgeJointChannel(*site.before, *site.after, site.pairs, 0, JudgeOptions{},
                        RootSteps(*site.before, *site.after), scratch);
  return judged.pairs.at(0).reachable.lsb * site.pairs.at(0).lsb;
}
void Nothing(MatchedSite&) {}

float OneByOne(const Floats& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0f);
}
float ByHalves(const Floats& numbers) {
  if (numbers.size() == 1) return numbers[0];
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  return ByHalves({numbers.begin(), middle}) + ByHalves({middle, numbers.end()});
}

// 400 times 0.7: one by one each sum is rounded the same way, by halves hardly any is.
TEST(FaultySums, WithoutTheRoundingOfAnyOrderIsSeen) {
  const Floats weights(400, 0.7f);
  const double apart = std::abs(static_cast<double>(OneByOne(weights)) -
                                static_cast<double>(ByHalves(weights)));  // each x is 1
  EXPECT_GE(BoundOf(weights, weights, Nothing), apart);
  const auto forget = [](MatchedSite& site) {
    site.before->conv.sum_error.assign(1, 0);
    site.after->conv.sum_error.assign(1, 0);
  };
  EXPECT_LT(BoundOf(weights, weights, forget), apart);
}

// The last tap is 0.5 in one and -0.5 in the other; a judge that leaves it out sees 0 in both.
TEST(FaultySums, WithoutATapIsSeen) {
  const Floats before{0.25f, -0.75f, 0.5f}, after{0.25f, -0.75f, -0.5f};
  EXPECT_GE(BoundOf(before, after, Nothing), 1);
  EXPECT_LT(BoundOf({0.25f, -0.75f, 0}, {0.25f, -0.75f, 0}, Nothing), 1);
}

// Inputs lie in [-1, 1], of which a judge takes the upper half alone.
TEST(FaultySums, WithoutHalfOfTheBoxIsSeen) {
  const Floats before{1, 1}, after{1.5f, -1};
  // x = (-1, 1): 0 and -2.5. Of numbers from 0 on (0, 1) is the worst: 1 and -1.
  EXPECT_GE(BoundOf(before, after, Nothing), 2.5);
  const auto halve = [](MatchedSite& site) {
    site.before->conv.input_range.low = site.after->conv.input_range.low = 0;
  };
  EXPECT_LT(BoundOf(before, after, halve), 2.5);
}

}  // namespace
}  // namespace foldproof::prove::nets::faulty_sums_test
