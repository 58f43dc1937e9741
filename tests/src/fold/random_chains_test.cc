// SPDX-License-Identifier: BSD-3-Clause
//
// Chains with drawn parameters, ordinary and extreme: a policy either leaves a chain with a reason,
// or the prover finds its fold within the derived tolerance and the ideal gap. A failure prints the
// number of its draw.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>

#include "harness/prove/judge/vacuous_tolerance.h"
#include "tests/src/fold/chain_program.h"
#include "tests/src/fold/judge.h"

namespace foldproof::fold {
namespace {

constexpr unsigned kDraws = 3000;

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  double Uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random_);
  }
  std::size_t OneOf(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  bool OneIn(std::size_t n) { return OneOf(n) == 0; }
  // A number of any size from 10^low to 10^high and of either sign.
  float Spread(double low, double high) {
    const auto size = static_cast<float>(std::pow(10.0, Uniform(low, high)));
    return OneIn(2) ? -size : size;
  }
  std::vector<float> Two(double low, double high) { return {Spread(low, high), Spread(low, high)}; }

  ChainSpec Chain() {
    constexpr std::array<double, 6> kEps{1e-5, 1e-3, 1e-1, 1e-12, 0.0, 1e2};
    ChainSpec spec;
    spec.gamma = Two(-2, 1);
    spec.beta = Two(-3, 1);
    spec.mean = Two(-3, 1);
    spec.variance = {std::abs(Spread(-3, 2)), std::abs(Spread(-3, 2))};
    spec.chain_eps = spec.norm_eps = kEps[OneOf(kEps.size())];
    if (OneIn(8)) spec.chain_eps = kEps[OneOf(kEps.size())];
    if (OneIn(2)) spec.original_bias = Two(-3, 1);
    if (OneIn(2))
      spec.bias_codes = {{static_cast<int>(Spread(0, 5)), static_cast<int>(Spread(0, 5))}};
    if (OneIn(4)) spec.add_alpha = Uniform(-2, 3);
    if (OneIn(16)) spec.gamma[OneOf(2)] = 0;
    if (OneIn(16)) spec.variance[OneOf(2)] = Spread(-3, 2);
    if (OneIn(16)) spec.beta[OneOf(2)] = Spread(5, 8);
    if (OneIn(32)) spec.mean[OneOf(2)] = std::nanf("");
    spec.rsqrt = OneIn(4);
    spec.swapped = OneIn(4);
    spec.relu_quantized = OneIn(2);
    const double scale = std::abs(Spread(-3, 0));
    spec.quantizer = Int8(scale, static_cast<std::int64_t>(OneOf(256)) - 128);
    spec.between = !OneIn(4);
    return spec;
  }

 private:
  std::mt19937 random_;
};

void ExpectRight(const ir::Program& before, Policy policy, std::map<std::string, int>& seen) {
  FoldOptions options;
  options.policy = policy;
  const FoldResult result = Fold(before, options);
  const ir::PassReport& fold = result.passes.back();
  const auto judged = Judge(before, result.program);
  if (!fold.changed()) {
    ASSERT_FALSE(fold.missed.empty());
    ++seen[fold.missed.front().rule];
    EXPECT_NE(judged.verdict, prove::Verdict::kDiffers);
    return;
  }
  ++seen["folded"];
  // Where add's operands are swapped the frontier's scale is read off another path than after the
  // fold (docs/proof.md: along first operands), so a coarser one may be told under either policy.
  std::set<std::string> rules = RulesOf(judged);
  rules.erase("coarser-quantizer");
  if (policy == Policy::kGuarded && rules.erase("saturation") > 0) return;
  EXPECT_EQ(testing::PrintToString(rules), "{}");
  if (prove::HasVacuousTolerance(judged)) {
    ++seen["tolerance says nothing"];
    return;
  }
  EXPECT_LE(judged.verdict, prove::Verdict::kWithin);
}

TEST(RandomChains, AreFoldedRightOrLeftWithAReason) {
  std::map<std::string, int> seen;
  for (unsigned draw = 0; draw < kDraws && !HasFailure(); ++draw) {
    SCOPED_TRACE("draw " + std::to_string(draw));
    const ir::Program before = ChainProgram(Draw(draw).Chain()).Build();
    ExpectRight(before, Policy::kGuarded, seen);
    ExpectRight(before, Policy::kRepair, seen);
  }
  for (const auto& [what, count] : seen) std::printf("%-30s %d\n", what.c_str(), count);
  EXPECT_GT(seen["folded"], static_cast<int>(kDraws) / 2);
  EXPECT_LT(seen["tolerance says nothing"], seen["folded"] / 10);
  for (const char* rule : {"eps-mismatch", "undefined-before", "nonfinite", "alpha-ignored"}) {
    EXPECT_GT(seen[rule], 0) << rule;
  }
}

}  // namespace
}  // namespace foldproof::fold
