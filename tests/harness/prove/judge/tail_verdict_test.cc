// SPDX-License-Identifier: BSD-3-Clause
//
// docs/proof.md, "Verdicts", from figures of channels that a test makes up. The two programs are
// conv -> quantize -> dequantize with a scale of 1/2, v = A, and after's bias is 5: A + 5.
#include "harness/prove/judge/tail_verdict.h"
#include "harness/prove/judge/vacuous_tolerance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "harness/prove/conv/conv_reach.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::tail_verdict_test {
namespace {

using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

ir::Program Stepped(ConvSpec spec, bool is_after) {
  if (is_after) spec.bias = std::vector<float>(spec.weights.size(), 5.0f);
  ConvProgram p(spec);
  return p.Return({p.Step(p.conv(), Int8(0.5, 0))});
}

class DrawTailVerdictTest : public testing::Test {
 protected:
  // A channel of one tap for each of `weights`.
  void Use(const std::vector<std::int16_t>& weights, Reach reach = Reach::kExact) {
    ConvSpec spec;
    spec.weights.clear();
    for (const std::int16_t weight : weights) spec.weights.push_back({weight});
    spec.weight_scales.assign(weights.size(), 1.0f);
    sides_.emplace(Stepped(spec, false), Stepped(spec, true));
    matching_ = sides_->Match();
    reach_ = SiteReach();
    reach_.Of(matching_.sites.at(0).before->conv, std::vector<Reach>(weights.size(), reach));
  }
  void SetUp() override { Use({1}); }

  TailVerdict Draw(std::vector<ChannelVerdict> channels) {
    TailVerdict verdict;
    verdict.channels = std::move(channels);
    const MatchedSite& site = matching_.sites.at(0);
    DrawTailVerdict(sides_->before, site, site.pairs.at(0), ProveOptions{}, reach_, verdict);
    return verdict;
  }

  std::optional<SidePair> sides_;
  Matching matching_;
  SiteReach reach_;
};

// Bits differ, by no more than the tolerance of 1 LSB.
ChannelVerdict Near() {
  ChannelVerdict channel;
  channel.bit_equal = false;
  channel.allowed_lsb = channel.tolerance.lsb = 1;
  channel.reachable.count = 256;
  return channel;
}
ChannelVerdict Equal() {
  ChannelVerdict channel = Near();
  channel.bit_equal = true;
  return channel;
}
ChannelVerdict Over(std::vector<Piece> pieces) {
  ChannelVerdict channel = Near();
  channel.over = std::move(pieces);
  return channel;
}

TEST_F(DrawTailVerdictTest, EqualNeedsTheSameBitsInEveryChannel) {
  Use({1, 1});
  EXPECT_EQ(Draw({Equal(), Equal()}).verdict, Verdict::kEqual);
  EXPECT_EQ(Draw({Equal(), Near()}).verdict, Verdict::kWithin);
}

TEST_F(DrawTailVerdictTest, AnUndefinedAccumulatorKeepsAnyTailUnproved) {
  ChannelVerdict channel = Equal();
  channel.undefined = 3;
  const TailVerdict verdict = Draw({channel});
  EXPECT_EQ(verdict.verdict, Verdict::kUnproved);
  EXPECT_EQ(verdict.reason, "undefined: 3 of 256");
}

TEST_F(DrawTailVerdictTest, AChannelWithoutFiguresKeepsTheTailUnproved) {
  Use({1, 1});
  ChannelVerdict channel = Equal();
  channel.unproved = "too many to enumerate";
  EXPECT_EQ(Draw({Equal(), channel}).reason, "too many to enumerate");
  EXPECT_EQ(Draw({Equal(), channel}).verdict, Verdict::kUnproved);
  ChannelVerdict stepped = Equal();
  stepped.root_step_unproved = "a root is a step off";
  EXPECT_EQ(Draw({Equal(), stepped}).verdict, Verdict::kUnproved);
}

TEST_F(DrawTailVerdictTest, WithoutATolerancePartsAreOnlyEqualOrUnproved) {
  ChannelVerdict channel = Near();
  channel.allowed_lsb = channel.tolerance.lsb = kInfinity;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kUnproved);
  channel.allowed_lsb = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kUnproved);
  channel.bit_equal = true;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kEqual);
}

// int8 has 256 codes, a quarter of which are 64.
TEST_F(DrawTailVerdictTest, ADerivedToleranceOfMoreThanAQuarterOfTheCodesProvesNothing) {
  ChannelVerdict channel = Near();
  channel.allowed_lsb = channel.tolerance.lsb = 64;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kWithin);
  channel.allowed_lsb = channel.tolerance.lsb = 64.5;
  channel.reachable.lsb = 64.25;
  const TailVerdict vacuous = Draw({channel});
  EXPECT_EQ(vacuous.verdict, Verdict::kUnproved);
  EXPECT_EQ(vacuous.reason, "rounding alone may move it by 64.5 LSB");
  Verification verification;
  verification.sites.resize(1);
  EXPECT_FALSE(HasVacuousTolerance(verification));
  verification.sites[0].tails = {vacuous};
  EXPECT_TRUE(HasVacuousTolerance(verification));
  channel.allowed_lsb = 100;  // a number that was asked for
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kWithin);
}

// What differs by less than a quarter is within a tolerance that says something.
TEST_F(DrawTailVerdictTest, AProvedDifferenceOfAQuarterOfTheCodesIsWithinAnyLargerTolerance) {
  ChannelVerdict channel = Near();
  channel.allowed_lsb = channel.tolerance.lsb = 118;
  channel.reachable.lsb = 64;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kWithin);
  // The calibrated domain alone may be next to nothing.
  channel.reachable.lsb = 65;
  channel.calibrated.lsb = 1;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kUnproved);
  // A root that is a step off counts.
  channel.reachable.lsb = 1;
  channel.reachable.lsb_root_step = 70;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kUnproved);
}

TEST_F(DrawTailVerdictTest, RoundingThatHidesAQuarterOfTheCodesIsToldFirst) {
  ChannelVerdict channel = Near();
  channel.allowed_lsb = channel.tolerance.lsb = 1e23;
  channel.unproved = "float sums step over codes of a quantizer";
  EXPECT_EQ(Draw({channel}).reason,
            "rounding alone may move it by 1e+23 LSB; float sums step over codes of a quantizer");
  channel.allowed_lsb = channel.tolerance.lsb = kInfinity;
  EXPECT_EQ(Draw({channel}).reason, "float sums step over codes of a quantizer");
}

TEST_F(DrawTailVerdictTest, TellsTheLargestToleranceThatIsOne) {
  Use({1, 1, 1});
  ChannelVerdict wide = Equal(), none = Equal();
  wide.allowed_lsb = 2.5;
  wide.tolerance.lsb = 1.5;
  none.allowed_lsb = none.tolerance.lsb = kInfinity;
  const TailVerdict verdict = Draw({Equal(), wide, none});
  EXPECT_EQ(verdict.tolerance_lsb, 2.5);
  EXPECT_EQ(verdict.derived_lsb, 1.5);
}

// The middle of [5, 8] is 5 + 3 / 2 = 6, and with a weight of 1 the tap is 6.
TEST_F(DrawTailVerdictTest, DiffersWithAnInputFromTheMiddleOfTheWorstPiece) {
  const TailVerdict verdict = Draw({Over({{5, 8, 3}, {20, 30, 2}})});
  EXPECT_EQ(verdict.verdict, Verdict::kDiffers);
  EXPECT_EQ(verdict.reason, "");
  ASSERT_TRUE(verdict.witness);
  EXPECT_EQ(verdict.witness->accumulator, 6);
  EXPECT_EQ(verdict.witness->claimed_lsb, 3);
  EXPECT_FALSE(verdict.witness->by_ideal_gap);
  EXPECT_THAT(verdict.witness->taps, ElementsAre(6));
  EXPECT_THAT(verdict.witness->kernel_positions, ElementsAre(0));
  EXPECT_THAT(verdict.witness->output_position, ElementsAre(0, 0));
}

// Of weight 5 the sums are multiples of 5; of [11, 17], whose middle is 14, the nearest is 15.
TEST_F(DrawTailVerdictTest, TheWorstChannelComesFirst) {
  Use({1, 5});
  const TailVerdict verdict = Draw({Over({{5, 8, 3}}), Over({{11, 17, 4}})});
  ASSERT_TRUE(verdict.witness);
  EXPECT_EQ(verdict.witness->channel, 1u);
  EXPECT_EQ(verdict.witness->accumulator, 15);
  EXPECT_THAT(verdict.witness->taps, ElementsAre(3));
  EXPECT_EQ(verdict.witness->claimed_lsb, 4);
}

TEST_F(DrawTailVerdictTest, ADifferenceOutweighsWhatIsUndefined) {
  ChannelVerdict channel = Over({{5, 8, 3}});
  channel.undefined = 3;
  EXPECT_EQ(Draw({channel}).verdict, Verdict::kDiffers);
}

// Multiples of 3: none in [4, 5], and 6 is the only one of [4, 7].
TEST_F(DrawTailVerdictTest, ASumThatNoInputGivesIsNoDifference) {
  Use({3}, Reach::kInterval);
  const TailVerdict none = Draw({Over({{4, 5, 9}})});
  EXPECT_EQ(none.verdict, Verdict::kWithin);
  EXPECT_FALSE(none.witness);
  const TailVerdict one = Draw({Over({{4, 5, 9}, {4, 7, 8}})});
  EXPECT_EQ(one.verdict, Verdict::kDiffers);
  EXPECT_EQ(one.witness->accumulator, 6);
  EXPECT_THAT(one.witness->taps, ElementsAre(2));
  EXPECT_EQ(one.witness->claimed_lsb, 8);
}

TEST_F(DrawTailVerdictTest, PiecesThatWereNotKeptAreNotTakenForNone) {
  Use({3}, Reach::kInterval);
  ChannelVerdict channel = Over({{4, 5, 9}});
  channel.over_truncated = true;
  const TailVerdict verdict = Draw({channel});
  EXPECT_EQ(verdict.verdict, Verdict::kUnproved);
  EXPECT_EQ(verdict.reason, "accumulators are over the tolerance, but no input was found for one");
}

// A gap of `gap` at A = 7, where `allowed` would be right.
ChannelVerdict WithGap(double gap, double allowed) {
  ChannelVerdict channel = Near();
  channel.ideal.emplace();
  channel.ideal->gap = gap;
  channel.ideal->accumulator = 7;
  channel.ideal->allowed = allowed;
  channel.ideal->finding = true;
  return channel;
}

// The ideals are A and A + 5. At A = 7 the codes are 14 and 24: 10 LSB.
TEST_F(DrawTailVerdictTest, AWrongConstantDiffersWhateverItsRoundingShows) {
  const TailVerdict verdict = Draw({WithGap(5, 4.9)});
  EXPECT_EQ(verdict.verdict, Verdict::kDiffers);
  ASSERT_TRUE(verdict.witness);
  EXPECT_TRUE(verdict.witness->by_ideal_gap);
  EXPECT_EQ(verdict.witness->accumulator, 7);
  EXPECT_EQ(verdict.witness->claimed_lsb, 10);
}

TEST_F(DrawTailVerdictTest, AGapThatNoInputShowsIsUnproved) {
  EXPECT_EQ(Draw({WithGap(9, 5.1)}).verdict, Verdict::kUnproved);
}

// A pair of sums, eq. 29: a bound of 3 LSB, of which a built input shows 1; 2 are allowed.
ChannelVerdict Between(double at_least) {
  ChannelVerdict channel = Near();
  channel.allowed_lsb = channel.tolerance.lsb = 2;
  channel.calibrated.lsb = channel.reachable.lsb = 3;
  channel.calibrated.at_least = channel.reachable.at_least = at_least;
  channel.joint.emplace();
  channel.joint->calibrated = BuiltInput{at_least, 6, 7, {6}, 0};
  return channel;
}

TEST_F(DrawTailVerdictTest, ABoundOverTheToleranceThatNoInputShowsIsUnproved) {
  const TailVerdict verdict = Draw({Between(1)});
  EXPECT_EQ(verdict.verdict, Verdict::kUnproved);
  EXPECT_EQ(verdict.reason,
            "channel 0: the worst difference is between 1 and 3 LSB, the tolerance 2");
}

TEST_F(DrawTailVerdictTest, ABuiltInputOverTheToleranceDiffers) {
  const TailVerdict verdict = Draw({Between(2.5)});
  EXPECT_EQ(verdict.verdict, Verdict::kDiffers);
  ASSERT_TRUE(verdict.witness);
  EXPECT_EQ(verdict.witness->accumulator, 6);
  EXPECT_EQ(verdict.witness->claimed_lsb, 2.5);
}

// f32(1 / 1e-40) is infinite, and relu's 0 times that is NaN, which becomes code 0 below the code
// of a small positive number: no quantizer of a step function.
TEST(Tails, EndInFrontOfAQuantizerWhoseReciprocalScaleIsInfinite) {
  const auto program = [](float bias) {
    ConvProgram p(ConvSpec{.bias = std::vector<float>{bias}});
    return p.Return({p.Step(p.Call("aten.relu.default", p.conv(), {}), Int8(1e-40, 0))});
  };
  const SidePair same(program(1), program(1));
  EXPECT_EQ(same.Judge().verification.verdict, Verdict::kEqual);
  const SidePair moved(program(1), program(3));
  const SiteVerdict site = moved.Judge().verification.sites.at(0);
  ASSERT_EQ(site.tails.size(), 1u);
  EXPECT_EQ(site.tails[0].verdict, Verdict::kDiffers);
  EXPECT_THAT(site.tails[0].place, testing::HasSubstr("quantize_per_tensor"));
}

}  // namespace
}  // namespace foldproof::prove::tail_verdict_test
