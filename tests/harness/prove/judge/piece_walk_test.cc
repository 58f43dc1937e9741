// SPDX-License-Identifier: BSD-3-Clause
//
// The figures of a few pieces whose codes a test makes up. Unless it says otherwise both sides are
// conv -> quantize -> dequantize with a scale of 1/2 (registers 0, 1, 2), and the reach is 0 .. 9.
#include "harness/prove/judge/piece_walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;
using testing::Pair;
using Starts = std::vector<std::int64_t>;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

ir::Program Stepped() {
  ConvProgram p(ConvSpec{});
  return p.Return({p.Step(p.conv(), Int8(0.5, 0))});
}
ir::Program Unquantized() {
  ConvProgram p(ConvSpec{});
  return p.Return({p.conv()});
}

// One code for each piece.
RegisterBlock Codes(const std::vector<float>& codes) {
  RegisterBlock block;
  block.Resize(3, codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    block.low(1)[i] = codes[i];
    block.low(2)[i] = codes[i] / 2;
  }
  return block;
}
RegisterBlock Floats(const std::vector<float>& values) {
  RegisterBlock block;
  block.Resize(1, values.size());
  std::ranges::copy(values, block.low(0).begin());
  return block;
}

struct Walked {
  explicit Walked(const ir::Program& program = Stepped(), bool identical = false)
      : before(program),
        after(program),
        pair(PlanPair(*before.site, *after.site, 0, 0, identical)) {}

  ChannelVerdict Walk(const Starts& starts, const RegisterBlock& b, const RegisterBlock& a) {
    PieceWalk walk(*before.site, *after.site, pair, reach, observed ? &*observed : nullptr, allowed,
                   gate);
    walk.Add(starts, reach.hi(), b, a);
    runs = walk.defined_runs();
    ChannelVerdict verdict;
    walk.Finish(verdict);
    return verdict;
  }

  ReadProgram before;
  ReadProgram after;
  PairPlan pair;
  AccumulatorSet reach = AccumulatorSet::Interval(std::vector<std::int32_t>{1}, {0, 9});
  std::optional<ObservedChannel> observed;
  double allowed = 1;
  Domain gate = Domain::kCalibrated;
  std::vector<std::pair<std::int64_t, std::int64_t>> runs;
};

TEST(PieceWalk, CountsAccumulatorsAndTakesTheWorstFromItsMiddle) {
  // [0, 3]: 0 against 0; [4, 6]: 1 against 3; [7, 9]: 2 against 3.
  const ChannelVerdict v = Walked().Walk({0, 4, 7}, Codes({0, 1, 2}), Codes({0, 3, 3}));
  EXPECT_EQ(v.reachable.lsb, 2);
  EXPECT_EQ(v.reachable.accumulator, 5);
  EXPECT_EQ(v.reachable.count, 10);
  EXPECT_EQ(v.reachable.over, 3);  // 4, 5, 6: 1 LSB is not over the tolerance of 1
  EXPECT_FALSE(v.bit_equal);
  ASSERT_EQ(v.over.size(), 1u);
  EXPECT_EQ(v.over[0].from, 4);
  EXPECT_EQ(v.over[0].to, 6);
}

TEST(PieceWalk, OfTwoEquallyBadTheLongerPieceCounts) {
  // [0, 1] and [5, 8] are both 2 off: the middle of the longer one is 6.
  const ChannelVerdict v = Walked().Walk({0, 2, 5, 9}, Codes({0, 1, 2, 3}), Codes({2, 1, 4, 3}));
  EXPECT_EQ(v.reachable.accumulator, 6);
}

TEST(PieceWalk, OnlyMembersOfTheReachCount) {
  Walked walked;
  walked.reach = AccumulatorSet::Exact(std::vector<std::int32_t>{3}, {0, 3}).value();  // 0 3 6 9
  // 9 codes at [4, 5], where no sum lies; 2 at [6, 7], whose only member is 6.
  const ChannelVerdict v = walked.Walk({0, 4, 6, 8}, Codes({0, 0, 0, 0}), Codes({0, 9, 2, 0}));
  EXPECT_EQ(v.reachable.lsb, 2);
  EXPECT_EQ(v.reachable.accumulator, 6);
  EXPECT_EQ(v.reachable.count, 4);
  EXPECT_EQ(v.reachable.over, 1);
}

TEST(PieceWalk, ADifferenceWhereNoMemberLiesIsNone) {
  Walked walked;
  walked.reach = AccumulatorSet::Exact(std::vector<std::int32_t>{3}, {0, 3}).value();
  EXPECT_TRUE(walked.Walk({0, 4, 6}, Codes({0, 0, 0}), Codes({0, 9, 0})).bit_equal);
}

// Eq. 10: floats are divided by the LSB, 4 here; |7 - 1| / 4.
TEST(PieceWalk, WithoutCodesTheDifferenceIsInLsb) {
  Walked walked(Unquantized());
  walked.pair.lsb = 4;
  EXPECT_EQ(walked.Walk({0}, Floats({1}), Floats({7})).reachable.lsb, 1.5);
}

TEST(PieceWalk, ZerosOfUnlikeSignAreNoDifferenceButNotTheSameBits) {
  const ChannelVerdict v = Walked(Unquantized()).Walk({0}, Floats({0.0f}), Floats({-0.0f}));
  EXPECT_EQ(v.reachable.lsb, 0);
  EXPECT_FALSE(v.bit_equal);
}

// Eq. 9: before in [1, 2], after in [0, 4]; the furthest ends are 1 and 4.
TEST(PieceWalk, IntervalsAreAsFarApartAsTheirFurthestEnds) {
  RegisterBlock b = Floats({1});
  RegisterBlock a = Floats({0});
  b.set_exact(0, false);
  b.high(0)[0] = 2;
  a.set_exact(0, false);
  a.high(0)[0] = 4;
  EXPECT_EQ(Walked(Unquantized()).Walk({0}, b, a).reachable.lsb, 3);
  EXPECT_EQ(Walked(Unquantized()).Walk({0}, a, b).reachable.lsb, 3);
}

TEST(PieceWalk, EqualIntervalsAreNotTheSameBitsUnlessThePairIsIdentical) {
  RegisterBlock b = Floats({1});
  b.set_exact(0, false);
  b.high(0)[0] = 1;
  EXPECT_FALSE(Walked(Unquantized()).Walk({0}, b, b).bit_equal);
  EXPECT_TRUE(Walked(Unquantized(), true).Walk({0}, b, b).bit_equal);
}

TEST(PieceWalk, NanOrInfinityWhereBeforeIsFiniteIsInfinitelyFar) {
  for (const float bad : {kNan, kInf, -kInf}) {
    Walked walked(Unquantized());
    walked.allowed = std::numeric_limits<double>::infinity();
    const ChannelVerdict v = walked.Walk({0, 4}, Floats({1, 1}), Floats({1, bad}));
    EXPECT_EQ(v.reachable.lsb, std::numeric_limits<double>::infinity()) << bad;
    EXPECT_EQ(v.reachable.over, 6) << bad;  // 4 .. 9, whatever is allowed
  }
}

TEST(PieceWalk, AValueOfBeforeThatIsNotFiniteIsUndefined) {
  for (const float bad : {kNan, kInf, -kInf}) {
    Walked walked(Unquantized());
    const ChannelVerdict v = walked.Walk({0, 4, 7}, Floats({1, bad, 1}), Floats({1, 9, 1}));
    EXPECT_EQ(v.undefined, 3) << bad;
    EXPECT_EQ(v.undefined_at, 4) << bad;
    EXPECT_EQ(v.reachable.lsb, 0) << bad;  // figures are over the defined ones
    EXPECT_EQ(v.reachable.undefined, 3) << bad;
    EXPECT_EQ(v.reachable.count, 10) << bad;  // shares of `reachable` are of all
    EXPECT_EQ(v.calibrated.count, 7) << bad;
    EXPECT_THAT(walked.runs, ElementsAre(Pair(0, 3), Pair(7, 9))) << bad;
  }
}

TEST(PieceWalk, ANanAtAQuantizerIsUndefinedWhateverItsCode) {
  RegisterBlock b = Codes({0, 0});
  b.flags(1)[1] = RegisterBlock::kNan;
  const ChannelVerdict v = Walked().Walk({0, 8}, b, Codes({0, 0}));
  EXPECT_EQ(v.undefined, 2);  // 8, 9
  EXPECT_EQ(v.undefined_at, 8);
}

TEST(PieceWalk, WhatOnlyAfterLosesIsNotUndefined) {
  RegisterBlock a = Codes({0, 0});
  a.flags(1)[1] = RegisterBlock::kNan;
  EXPECT_EQ(Walked().Walk({0, 8}, Codes({0, 0}), a).undefined, 0);
}

// conv -> q -> dq -> relu -> q -> dq, registers 0 .. 5: the quantizer of register 1 counts, that of
// register 4 is last.
TEST(PieceWalk, CalibratedLeavesOutWhatAnInnerQuantizerClips) {
  ConvProgram p(ConvSpec{});
  const ir::ValueId relu = p.Call("aten.relu.default", p.Step(p.conv(), Int8(0.5, 0)));
  const ir::Program program = p.Return({p.Step(relu, Int8(1.0, 0))});
  RegisterBlock b;
  b.Resize(6, 3);
  RegisterBlock a;
  a.Resize(6, 3);
  b.flags(1)[0] = RegisterBlock::kClipped;
  b.flags(4)[2] = RegisterBlock::kClipped;
  a.low(4)[0] = a.low(5)[0] = 7;
  a.low(4)[1] = a.low(5)[1] = 3;
  const ChannelVerdict v = Walked(program).Walk({0, 4, 7}, b, a);
  EXPECT_EQ(v.reachable.lsb, 7);
  EXPECT_EQ(v.reachable.over, 7);    // 0 .. 6
  EXPECT_EQ(v.calibrated.lsb, 3);    // at 4 .. 6
  EXPECT_EQ(v.calibrated.count, 6);  // 4 .. 9: what the last one clips stays
  EXPECT_EQ(v.calibrated.over, 3);
  ASSERT_EQ(v.over.size(), 1u);  // of the gate's domain alone
  EXPECT_EQ(v.over[0].from, 4);
}

TEST(PieceWalk, OverHasThePiecesOfTheGate) {
  RegisterBlock b = Codes({0, 0});
  Walked walked;
  walked.gate = Domain::kReachable;
  const ChannelVerdict v = walked.Walk({0, 5}, b, Codes({2, 5}));
  ASSERT_EQ(v.over.size(), 2u);
  EXPECT_EQ(v.over[0].lsb, 5);  // worst first
  EXPECT_EQ(v.over[1].lsb, 2);
}

TEST(PieceWalk, KeepsThe32WorstPieces) {
  Walked walked;
  walked.reach = AccumulatorSet::Interval(std::vector<std::int32_t>{1}, {0, 39});
  Starts starts;
  std::vector<float> before(40, 0), after;
  for (int i = 0; i < 40; ++i) {
    starts.push_back(i);
    after.push_back(static_cast<float>(i + 2));  // 2 .. 41, all over
  }
  const ChannelVerdict v = walked.Walk(starts, Codes(before), Codes(after));
  ASSERT_EQ(v.over.size(), 32u);
  EXPECT_TRUE(v.over_truncated);
  EXPECT_EQ(v.over.front().lsb, 41);
  EXPECT_EQ(v.over.back().lsb, 10);  // 41, 40, ..., 10 are 32
  EXPECT_EQ(v.reachable.over, 40);
}

TEST(PieceWalk, ADomainWithoutAccumulatorsHasNoFigure) {
  RegisterBlock b = Codes({0});
  b.flags(1)[0] = RegisterBlock::kNan;
  const ChannelVerdict v = Walked().Walk({0}, b, Codes({9}));
  EXPECT_EQ(v.calibrated.lsb, 0);
  EXPECT_EQ(v.calibrated.count, 0);
  EXPECT_FALSE(v.calibrated.accumulator);
}

// Observed are 4 .. 9, produced 4, 5 and 8 of them.
TEST(PieceWalk, ObservedCountsTheRangeAndProducedItsAccumulators) {
  Walked walked;
  walked.observed = ObservedChannel{4, 9, 20, {4, 5, 8}, {}};
  walked.gate = Domain::kObserved;
  const ChannelVerdict v = walked.Walk({0, 4, 7}, Codes({0, 0, 0}), Codes({50, 3, 2}));
  EXPECT_EQ(v.observed.lsb, 3);
  EXPECT_EQ(v.observed.count, 6);  // 4 .. 9
  EXPECT_EQ(v.observed.accumulator, 5);
  EXPECT_EQ(v.produced.lsb, 3);
  EXPECT_EQ(v.produced.count, 3);
  EXPECT_EQ(v.produced.over, 3);
  EXPECT_EQ(v.reachable.lsb, 50);
  ASSERT_EQ(v.over.size(), 2u);  // [4, 6] and [7, 9], not [0, 3]
  EXPECT_EQ(v.over[0].from, 4);
  EXPECT_THAT(walked.runs, ElementsAre(Pair(4, 9)));
}

TEST(PieceWalk, ProducedIsShownByTheNearestThatWas) {
  Walked walked;
  walked.observed = ObservedChannel{0, 9, 20, {1, 7}, {}};
  walked.gate = Domain::kObserved;
  // The middle of [0, 9] is 4: 1 and 7 are as near, and the smaller one is taken.
  EXPECT_EQ(walked.Walk({0}, Codes({0}), Codes({3})).produced.accumulator, 1);
}

TEST(PieceWalk, WhatIsUndefinedOutsideOfTheObservedRangeKeepsNoVerdictBack) {
  Walked walked;
  walked.observed = ObservedChannel{4, 9, 20, {4, 5, 8}, {}};
  walked.gate = Domain::kObserved;
  RegisterBlock b = Codes({0, 0});
  b.flags(1)[0] = RegisterBlock::kNan;
  const ChannelVerdict v = walked.Walk({0, 4}, b, Codes({0, 0}));
  EXPECT_EQ(v.undefined, 4);
  EXPECT_EQ(v.UndefinedFor(Domain::kObserved), 0);
  EXPECT_EQ(v.UndefinedFor(Domain::kCalibrated), 4);
  EXPECT_FALSE(v.undefined_at);
}

}  // namespace
}  // namespace foldproof::prove
