// SPDX-License-Identifier: BSD-3-Clause
//
// x / sqrt(2): IEEE's root is 0x3fb504f3, that of another PyTorch a float32 step less or more.
#include "harness/prove/judge/root_step.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "harness/prove/judge/prover.h"
#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove::root_step_test {
namespace {

using ir::ValueId;

const float kRoot = std::bit_cast<float>(0x3fb504f3u);

TailVerdict Judge(const ir::Program& before, const ir::Program& after,
                  const ProveOptions& options = {}) {
  const Side b(before);
  const Side a(after);
  const Proof proof = Prove(b, a, options);
  return proof.verification.sites.at(0).tails.at(0);
}

// v = A (one tap, all scales 1), A = -128 .. 127, divided by what `divisor` makes; not quantized.
template <typename Divisor>
ir::Program Quotient(Divisor divisor) {
  const ConvSpec spec;
  ConvProgram p(spec);
  const ValueId by = divisor(p);
  return p.Return({p.Call("aten.div.Tensor", p.conv(), {{"other", by}})});
}
ValueId ComputedRoot(ConvProgram& p) { return p.Call("aten.sqrt.default", p.PerChannel({2.0f})); }
ValueId StoredRoot(ConvProgram& p) { return p.PerChannel({kRoot}); }

TEST(RootStep, FiguresAreThoseOfIeeesRoot) {
  const TailVerdict tail = Judge(Quotient(ComputedRoot), Quotient(StoredRoot));
  EXPECT_EQ(tail.channels[0].reachable.lsb, 0.0);
  EXPECT_EQ(tail.channels[0].calibrated.lsb, 0.0);
}

TEST(RootStep, ItsFigureIsTheLargerOfBothSteps) {
  const TailVerdict tail = Judge(Quotient(ComputedRoot), Quotient(StoredRoot));
  double most = 0;
  for (int A = -128; A <= 127; ++A) {
    for (const std::uint32_t bits : {0x3fb504f2u, 0x3fb504f4u}) {
      const float stepped = static_cast<float>(A) / std::bit_cast<float>(bits);
      const float stored = static_cast<float>(A) / kRoot;
      most = std::max(most, std::abs(static_cast<double>(stepped) - static_cast<double>(stored)));
    }
  }
  EXPECT_GT(most, 0.0);
  EXPECT_EQ(tail.channels[0].reachable.lsb_root_step, most);  // one LSB is 1
  EXPECT_EQ(tail.channels[0].reachable.MostLsb(), most);
}

TEST(RootStep, EqualByIeeesRootAloneIsWithin) {
  const TailVerdict tail = Judge(Quotient(ComputedRoot), Quotient(StoredRoot));
  EXPECT_EQ(tail.verdict, Verdict::kWithin);
}

TEST(RootStep, MoreThanTheToleranceIsUnproved) {
  ProveOptions options;
  options.judge.tolerance_lsb = 0;
  const TailVerdict tail = Judge(Quotient(ComputedRoot), Quotient(StoredRoot), options);
  EXPECT_EQ(tail.verdict, Verdict::kUnproved);
  EXPECT_EQ(tail.reason,
            "more than the tolerance where a square root among its constants is one float32 step "
            "off, as it is in some PyTorch");
  EXPECT_EQ(tail.channels[0].reachable.lsb, 0.0);
}

// r * 2 and r + r are the same for each r, so that the two sides are, if r is one on both.
TEST(RootStep, BothSidesHaveTheSameRoot) {
  const auto twice = [](ConvProgram& p) {
    return p.Call("aten.mul.Tensor", ComputedRoot(p), {{"other", p.PerChannel({2.0f})}});
  };
  const auto doubled = [](ConvProgram& p) {
    return p.Call("aten.add.Tensor", ComputedRoot(p), {{"other", ComputedRoot(p)}});
  };
  EXPECT_EQ(Judge(Quotient(twice), Quotient(doubled)).verdict, Verdict::kEqual);
}

TEST(RootStep, SeveralRootsAreUnproved) {
  const auto product = [](ConvProgram& p) {
    const ValueId other = p.Call("aten.sqrt.default", p.PerChannel({3.0f}));
    return p.Call("aten.mul.Tensor", ComputedRoot(p), {{"other", other}});
  };
  const TailVerdict tail = Judge(Quotient(product), Quotient(StoredRoot));
  EXPECT_FALSE(tail.channels[0].root_step_unproved.empty());
  EXPECT_NE(tail.verdict, Verdict::kEqual);
  EXPECT_NE(tail.verdict, Verdict::kWithin);
}

TEST(RootStep, WithoutARootThereIsNoFigure) {
  const TailVerdict tail = Judge(Quotient(StoredRoot), Quotient(StoredRoot));
  EXPECT_EQ(tail.verdict, Verdict::kEqual);
  EXPECT_FALSE(tail.channels[0].reachable.lsb_root_step.has_value());
}

// Taps of 3 and of 2: a pair of sums.
TEST(RootStep, APairOfSumsHasItToo) {
  const auto make = [](std::int16_t weight, auto divisor) {
    ConvSpec spec;
    spec.weights = {{weight, 5}};
    ConvProgram p(spec);
    const ValueId by = divisor(p);
    const ValueId quotient = p.Call("aten.div.Tensor", p.conv(), {{"other", by}});
    return p.Return({p.Step(quotient, Int8(8.0, 0))});
  };
  const TailVerdict tail = Judge(make(3, ComputedRoot), make(2, StoredRoot));
  ASSERT_TRUE(tail.channels[0].joint.has_value());
  EXPECT_TRUE(tail.channels[0].reachable.lsb_root_step.has_value());
}

}  // namespace
}  // namespace foldproof::prove::root_step_test
