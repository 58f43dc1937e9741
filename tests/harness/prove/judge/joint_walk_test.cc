// SPDX-License-Identifier: BSD-3-Clause
//
// Cells of one sum against ranges of the other, of one tap and of step functions written by hand:
// what is between the integers, and what a kernel's own sums are off.
#include "harness/prove/judge/joint_walk.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace foldproof::prove::joint_walk_test {
namespace {

// A number each integer from `first` on.
SideCells Cells(std::int64_t first, const std::vector<double>& numbers) {
  SideCells out;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    out.starts.push_back(first + static_cast<std::int64_t>(i));
  out.high = out.starts.back();
  out.least = out.most = numbers;
  out.bits.assign(numbers.size(), 0);
  out.is_exact.assign(numbers.size(), 1);
  out.undefined.assign(numbers.size(), 0);
  out.clipped.assign(numbers.size(), 0);
  return out;
}

// u = before * x and u' = after * x.
std::vector<ClassZonotope> OneTap(std::int32_t before, std::int32_t after, TapRange x) {
  return {{Zonotope(std::vector<std::int32_t>{before}, std::vector<std::int32_t>{after}, x)}};
}

double BoundOf(const std::vector<ClassZonotope>& sums, const SideCells& before,
               const SideCells& after, SumPair margins, bool real_inputs) {
  JointWalk walk(sums, before, after, margins, 1, real_inputs);
  ChannelVerdict verdict;
  walk.Run(JointWalk::Asked::kBounds, verdict);
  return verdict.reachable.lsb;
}

// x = 1/2 gives u = 1 and u' = 1/2, which is between the integers 0 and 1.
TEST(JointWalk, OfRealInputsCountsWhatIsBetweenIntegers) {
  const auto sums = OneTap(2, 1, {0, 1});
  const SideCells before = Cells(0, {0, 10, 0}), after = Cells(-1, {0, 0, 0, 0});
  EXPECT_EQ(BoundOf(sums, before, after, {}, true), 10);
  EXPECT_EQ(BoundOf(sums, before, after, {}, false), 0);  // no integer x gives u = 1
}

// Both step from 0 to 10 at 2. At x = 1 a kernel's sum that is one more is behind the step of its
// side, and the other side's need not be.
TEST(JointWalk, CountsWhatAKernelsSumsAreOff) {
  const auto sums = OneTap(1, 1, {0, 3});
  const SideCells step = Cells(-1, {0, 0, 0, 10, 10, 10});
  EXPECT_EQ(BoundOf(sums, step, step, {0, 0}, false), 0);
  EXPECT_EQ(BoundOf(sums, step, step, {1, 0}, false), 10);
  EXPECT_EQ(BoundOf(sums, step, step, {0, 1}, false), 10);
}

// What an input shows it shows whatever its sums are off: beside the step it shows nothing.
TEST(JointWalk, ShowsTheLeastThatAKernelMayGive) {
  const auto sums = OneTap(1, 1, {0, 3});
  const SideCells step = Cells(-1, {0, 0, 0, 10, 10, 10}), flat = Cells(-1, {4, 4, 4, 4, 4, 4});
  const auto shown = [&](const SideCells& before, const SideCells& after, SumPair margins,
                         std::int64_t at) {
    return JointWalk(sums, before, after, margins, 1, false).ShownBy({at, at}).lsb;
  };
  EXPECT_EQ(shown(flat, step, {0, 0}, 1), 4);
  EXPECT_EQ(shown(flat, step, {0, 1}, 1), 0);
  EXPECT_EQ(shown(flat, step, {0, 1}, 3), 6);
  EXPECT_EQ(shown(step, flat, {1, 0}, 1), 0);
  EXPECT_EQ(shown(step, flat, {1, 0}, 0), 4);
}

// NaN compares with nothing: as a difference it would be larger than none and smaller than none.
TEST(JointWalk, CountsWhatIsUndefinedBefore) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto sums = OneTap(1, 1, {0, 3});
  SideCells before = Cells(0, {1, nan, nan, 1});
  before.undefined = {0, 1, 1, 0};
  const SideCells after = Cells(0, {1, 1, 1, 1});
  JointWalk walk(sums, before, after, {}, 1, false);
  ChannelVerdict verdict;
  walk.Run(JointWalk::Asked::kBounds, verdict);
  EXPECT_EQ(verdict.undefined, 2);
  EXPECT_EQ(verdict.undefined_at, 1);
  EXPECT_EQ(verdict.reachable.count, 4);
  EXPECT_EQ(verdict.reachable.lsb, 0);
}

}  // namespace
}  // namespace foldproof::prove::joint_walk_test
