// SPDX-License-Identifier: BSD-3-Clause
//
// Pieces of a reach with bounds, against every accumulator of it.
#include "harness/prove/judge/bounded_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::bounded_walk_test {

constexpr std::int64_t kLow = -50688, kHigh = 50292;  // of weights 396 altogether, int8 codes

// function(A * 1e-4 * factor + offset), and A's four taps, of so many channels.
ir::Program Written(const char* function, float factor, float offset, std::size_t channels = 1) {
  ConvSpec spec;
  spec.weights.assign(channels, {99, 99, 99, 99});
  spec.weight_scales.assign(channels, 1);
  ConvProgram p(spec);
  ir::ValueId x = p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({1e-4f})}});
  if (factor != 1) x = p.Call("aten.mul.Tensor", x, {{"other", p.PerChannel({factor})}});
  x = p.Call("aten.add.Tensor", x, {{"other", p.PerChannel({offset})}});
  return p.Return({p.Call(function, x)});
}

struct Sides {
  Sides(const ir::Program& b, const ir::Program& a)
      : before(b),
        after(a),
        b_tail(before.site->tail, before.site->conv, 0),
        a_tail(after.site->tail, after.site->conv, 0) {}
  FloatEnd b_end() const { return {b_tail, before.site->tail.frontiers.at(0)}; }
  FloatEnd a_end() const { return {a_tail, after.site->tail.frontiers.at(0)}; }

  // |after - before| in units of 1 / `unit`, at every accumulator.
  std::vector<double> Enumerate(double unit) const {
    std::vector<std::int64_t> all;
    for (std::int64_t a = kLow; a <= kHigh; ++a) all.push_back(a);
    RegisterBlock b_block, a_block;
    b_tail.Evaluate(all, b_end().frontier.path, b_block);
    a_tail.Evaluate(all, a_end().frontier.path, a_block);
    const RegisterBlock &b = b_block, &a = a_block;
    const std::uint32_t b_reg = b_end().frontier.reg, a_reg = a_end().frontier.reg;
    std::vector<double> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double up =
          static_cast<double>(b.high(b_reg)[i]) - static_cast<double>(a.low(a_reg)[i]);
      const double down =
          static_cast<double>(a.high(a_reg)[i]) - static_cast<double>(b.low(b_reg)[i]);
      out.push_back(std::max(up, down) * unit);
    }
    return out;
  }

  ReadProgram before, after;
  TailEvaluator b_tail, a_tail;
};

constexpr double kUnit = 1 / 0.01;

struct Found {
  double most = 0;
  std::int64_t looked = 0;
};

// Of a walk with this allowance: every piece bounds what is in it, and settles the verdict.
std::optional<Found> Walk(const Sides& sides, double allowed) {
  BoundedWalk walk(sides.b_end(), sides.a_end(), kUnit, allowed, false);
  const auto pieces = walk.Find({{kLow, 1000, false}, {1001, kHigh, true}}, kHigh - kLow, true);
  if (!pieces) return std::nullopt;
  const std::vector<double> truth = sides.Enumerate(kUnit);
  std::int64_t next = kLow;
  Found out;
  for (const BoundedPiece& one : *pieces) {
    EXPECT_EQ(one.piece.from, next);
    next = one.piece.to + 1;
    EXPECT_EQ(one.clipped, one.piece.from > 1000);
    const auto at = [&](std::int64_t a) { return truth.begin() + (a - kLow); };
    const auto [least, most] = std::minmax_element(at(one.piece.from), at(one.piece.to) + 1);
    if (one.to_be_looked_at) {
      out.looked += one.piece.to - one.piece.from + 1;
      out.most = std::max(out.most, *most);
      continue;
    }
    EXPECT_LE(*most, one.piece.lsb) << one.piece.from << " to " << one.piece.to;
    EXPECT_GE(*least, one.piece.sure) << one.piece.from << " to " << one.piece.to;
    EXPECT_TRUE(one.piece.lsb <= allowed || one.piece.sure > allowed);
    out.most = std::max(out.most, one.piece.lsb);
  }
  EXPECT_EQ(next, kHigh + 1);
  return out;
}

TEST(BoundedWalk, BoundsEveryPieceAndLooksAtFew) {
  for (const char* function : {"aten.relu.default", "aten.neg.default", "aten.hardswish.default",
                               "aten.hardsigmoid.default", "aten.silu.default", "aten.gelu.default",
                               "aten.tanh.default", "aten.sigmoid.default"}) {
    const Sides sides(Written(function, 1, 0.125f), Written(function, 1.001f, 0.1253f));
    const std::vector<double> truth = sides.Enumerate(kUnit);
    const double worst = *std::ranges::max_element(truth);
    for (const double allowed : {1e9, worst * 1.5, worst / 2, 0.0}) {
      const auto found = Walk(sides, allowed);
      ASSERT_TRUE(found) << function << " allowed " << allowed;
      EXPECT_GE(found->most, worst) << function;
      EXPECT_LE(found->most, worst * 1.02 + 1e-4) << function << " allowed " << allowed;
      if (allowed < worst) continue;
      EXPECT_LE(found->looked, 8192) << function << " allowed " << allowed;
    }
  }
}

// What no bound shows, that all bits are the same, is left to who looks at each accumulator.
TEST(BoundedWalk, LeavesEqualSidesAlone) {
  const Sides sides(Written("aten.neg.default", 1, 0.125f), Written("aten.neg.default", 1, 0.125f));
  EXPECT_FALSE(Walk(sides, 1));
  BoundedWalk long_reach(sides.b_end(), sides.a_end(), kUnit, 1, false);
  EXPECT_TRUE(long_reach.Find({{kLow, kHigh, false}}, kHigh - kLow, false));
}

TEST(BoundedWalk, EndsWhereTooManyWouldBeLookedAt) {
  const Sides sides(Written("aten.neg.default", 1, 0.125f),
                    Written("aten.neg.default", 1.001f, 0.1253f));
  BoundedWalk walk(sides.b_end(), sides.a_end(), kUnit, 1e-9, false);
  EXPECT_TRUE(walk.Find({{kLow, kHigh, false}}, kHigh - kLow, true));
  BoundedWalk none(sides.b_end(), sides.a_end(), kUnit, 1e-9, false);
  EXPECT_FALSE(none.Find({{kLow, kHigh, false}}, 16, true));
}

TailVerdict Judged(const ir::Program& before, const ir::Program& after,
                   const ProveOptions& options = {}) {
  const Side b(before), a(after);
  return Prove(b, a, options).verification.sites.at(0).tails.at(0);
}

// Where a site has few accumulators the figures are those of each of them. A bound is no less.
TEST(BoundedWalk, LeavesFewAccumulatorsOfASiteToALookAtEach) {
  const auto judged = [](std::size_t channels, std::int64_t most_enumerated) {
    ProveOptions options;
    options.judge.most_enumerated = most_enumerated;
    const auto side = [&](float factor) {
      return Written("aten.relu.default", factor, 0.125f, channels);
    };
    return Judged(side(1), side(1.001f), options).channels.at(0);
  };
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  const ChannelVerdict few = judged(1, kMost), many = judged(32, kMost);  // 2^21 / 32 is 2^16
  EXPECT_FALSE(few.reachable.at_least);
  ASSERT_TRUE(many.reachable.at_least);
  EXPECT_LE(*many.reachable.at_least, few.reachable.lsb);
  EXPECT_GE(many.reachable.lsb, few.reachable.lsb);
  // But for those that must not be looked at.
  const ChannelVerdict bounded = judged(1, 1 << 12);
  EXPECT_EQ(bounded.unproved, "");
  EXPECT_TRUE(bounded.reachable.at_least);
}

// 25 million accumulators, which nobody looks at, of hardsigmoid(A * factor + 0.125).
TEST(BoundedWalk, TheSameComputationIsEqualOverAnyReach) {
  const auto written = [](std::optional<std::vector<float>> bias, float factor) {
    ConvSpec spec;
    spec.weights = {{32767, 32767, 32767}};
    spec.bias = std::move(bias);
    ConvProgram p(spec);
    ir::ValueId x = p.Call("aten.mul.Tensor", p.conv(), {{"other", p.PerChannel({factor})}});
    x = p.Call("aten.add.Tensor", x, {{"other", p.PerChannel({0.125f})}});
    return p.Return({p.Call("aten.hardsigmoid.default", x)});
  };
  const auto before = written(std::nullopt, 1e-7f);
  EXPECT_EQ(Judged(before, written({{0.0f}}, 1e-7f)).verdict, Verdict::kEqual);
  EXPECT_NE(Judged(before, written({{0.0f}}, std::nextafter(1e-7f, 1.0f))).verdict,
            Verdict::kEqual);
  EXPECT_NE(Judged(before, written({{1e-30f}}, 1e-7f)).verdict, Verdict::kEqual);
}

}  // namespace foldproof::prove::bounded_walk_test
