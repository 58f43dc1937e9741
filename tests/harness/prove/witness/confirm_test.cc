// SPDX-License-Identifier: BSD-3-Clause
//
// docs/proof.md, "Witnesses". The two programs are conv -> quantize -> dequantize with a scale of
// 1/2, which is one LSB and one code; after's bias is 1.5, so A + 1.5 is 3 codes above A.
#include "harness/prove/witness/confirm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/integer/integer_executor.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove {
namespace {

using testing::ElementsAre;

// An executor whose every result is one number.
class Says : public exec::Executor {
 public:
  explicit Says(float number) : number_(number) {}
  std::string Describe() const override { return "says"; }

  std::unique_ptr<exec::PreparedProgram> Prepare(const ir::Program& program,
                                                 const std::set<ir::ValueId>&,
                                                 const std::vector<ir::ValueId>& fetch) override {
    exec::Tensors results;
    for (const ir::ValueId value : fetch) {
      const std::vector<std::int64_t> sizes = program.graph.value(value).type->sizes();
      exec::Tensor tensor{ir::ScalarType::kFloat32, sizes, {}};
      const std::vector<float> elements(static_cast<std::size_t>(tensor.count()), number_);
      results.emplace(value, exec::Tensor::Of(ir::ScalarType::kFloat32, sizes, elements));
    }
    return std::make_unique<Prepared>(std::move(results));
  }

 private:
  class Prepared : public exec::PreparedProgram {
   public:
    explicit Prepared(exec::Tensors results) : results_(std::move(results)) {}
    exec::Tensors Run(const exec::Tensors&) override { return results_; }

   private:
    exec::Tensors results_;
  };

  float number_;
};

// An executor that runs nothing.
class Refuses : public exec::Executor {
 public:
  explicit Refuses(Error::Code code) : code_(code) {}
  std::string Describe() const override { return "refuses"; }
  std::unique_ptr<exec::PreparedProgram> Prepare(const ir::Program&, const std::set<ir::ValueId>&,
                                                 const std::vector<ir::ValueId>&) override {
    throw Error(code_, "conv2d", "no kernel");
  }

 private:
  Error::Code code_;
};

ir::Program Stepped(const std::vector<double>& scales, std::optional<float> bias,
                    const ir::QuantParams& input = Int8(1, 0)) {
  ConvSpec spec;
  spec.input = input;
  if (bias) spec.bias = std::vector<float>{*bias};
  ConvProgram p(spec);
  ir::ValueId value = p.conv();
  for (const double scale : scales) value = p.Step(value, Int8(scale, 0));
  return p.Return({value});
}

class ConfirmWitnessesTest : public testing::Test {
 protected:
  ConfirmWitnessesTest() { Use({0.5}); }

  void Use(const std::vector<double>& scales) {
    sides_.emplace(Stepped(scales, std::nullopt), Stepped(scales, 1.5f));
    proof_ = sides_->Judge();
    Tail().channels.at(0).allowed_lsb = 1;
    Claim(3);
  }
  TailVerdict& Tail() { return proof_.verification.sites.at(0).tails.at(0); }
  Witness& TheWitness() { return Tail().witness.value(); }
  void Claim(double lsb) { TheWitness().claimed_lsb = lsb; }

  const Witness& Confirm(const std::vector<WitnessRunner>& runners,
                         const std::vector<std::string>& not_opened = {}) {
    ConfirmWitnesses(sides_->before, sides_->after, runners, not_opened, folder_, proof_);
    return TheWitness();
  }
  // Before gives 0, after this many LSB.
  const Witness& Observe(double lsb) {
    Says before(0);
    Says after(static_cast<float>(lsb * 0.5));
    return Confirm({{&before, &after, "says"}});
  }

  std::filesystem::path folder_{testing::TempDir()};
  std::optional<SidePair> sides_;
  Proof proof_;
};

TEST_F(ConfirmWitnessesTest, WhatWasClaimedConfirms) {
  const Witness& witness = Observe(3);
  EXPECT_EQ(witness.confirmed, true);
  EXPECT_EQ(witness.observed_lsb, 3);
  EXPECT_THAT(witness.confirmed_by, ElementsAre("says"));
  EXPECT_EQ(witness.why_not_confirmed, "");
}

TEST_F(ConfirmWitnessesTest, OneCodeMoreConfirms) { EXPECT_EQ(Observe(4).confirmed, true); }
TEST_F(ConfirmWitnessesTest, OneCodeLessConfirms) { EXPECT_EQ(Observe(2).confirmed, true); }

TEST_F(ConfirmWitnessesTest, MoreThanACodeFromTheClaimDoesNot) {
  const Witness& witness = Observe(4.5);
  EXPECT_EQ(witness.confirmed, false);
  EXPECT_EQ(witness.observed_lsb, 4.5);
  EXPECT_EQ(witness.why_not_confirmed, "claimed 3 LSB, observed 4.5");
  EXPECT_TRUE(witness.confirmed_by.empty());
}

// 1 is within a code of the claim of 2, but not above the tolerance of 1.
TEST_F(ConfirmWitnessesTest, WhatIsNotOverTheToleranceDoesNot) {
  Claim(2);
  const Witness& witness = Observe(1);
  EXPECT_EQ(witness.confirmed, false);
  EXPECT_EQ(witness.why_not_confirmed, "observed 1 LSB is not over the tolerance 1");
}

TEST_F(ConfirmWitnessesTest, AnIdealGapNeedNotBeOverTheTolerance) {
  Claim(2);
  TheWitness().by_ideal_gap = true;
  EXPECT_EQ(Observe(1).confirmed, true);
}

// Nor where the channel has no figures, and so no claim.
TEST_F(ConfirmWitnessesTest, AnIdealGapWithoutAClaimNeedNotEither) {
  Claim(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(Observe(0).confirmed, false);
  TheWitness().by_ideal_gap = true;
  EXPECT_EQ(Observe(0).confirmed, true);
}

// A quantizer of scale 2 on the way: one of its codes is 2 / 0.5 = 4 LSB.
TEST_F(ConfirmWitnessesTest, ACodeIsThatOfTheCoarsestQuantizerOnTheWay) {
  Use({2, 0.5});
  EXPECT_EQ(Observe(7).confirmed, true);
}
TEST_F(ConfirmWitnessesTest, MoreThanTheCoarsestCodeDoesNot) {
  Use({2, 0.5});
  EXPECT_EQ(Observe(7.5).confirmed, false);
}

TEST_F(ConfirmWitnessesTest, NanOfAfterIsInfinitelyFar) {
  Claim(std::numeric_limits<double>::infinity());
  const Witness& witness = Observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(witness.observed_lsb, std::numeric_limits<double>::infinity());
  EXPECT_EQ(witness.confirmed, true);
}
TEST_F(ConfirmWitnessesTest, AnInfiniteDifferenceIsOverAToleranceThatIsInfinite) {
  Claim(std::numeric_limits<double>::infinity());
  Tail().channels.at(0).allowed_lsb = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Observe(std::numeric_limits<double>::infinity()).confirmed, true);
}
TEST_F(ConfirmWitnessesTest, AFiniteDifferenceConfirmsNoInfiniteClaim) {
  Claim(std::numeric_limits<double>::infinity());
  EXPECT_EQ(Observe(1e30).confirmed, false);
}

TEST_F(ConfirmWitnessesTest, EveryRunnerThatCanMustSeeIt) {
  Says zero(0), three(1.5f), nine(4.5f);
  const Witness& witness = Confirm({{&zero, &three, "one"}, {&zero, &nine, "other"}});
  EXPECT_EQ(witness.confirmed, false);
  EXPECT_EQ(witness.observed_lsb, 3);  // what the first saw
  EXPECT_THAT(witness.confirmed_by, ElementsAre("one"));
  EXPECT_EQ(witness.why_not_confirmed, "other: claimed 3 LSB, observed 9");
}

TEST_F(ConfirmWitnessesTest, ARunnerThatCannotIsNamed) {
  Says zero(0), three(1.5f);
  Refuses none(Error::Code::kInput);
  const Witness& witness =
      Confirm({{&none, &none, "one"}, {&zero, &three, "other"}}, {"torch: not built"});
  EXPECT_EQ(witness.confirmed, true);
  EXPECT_THAT(witness.confirmed_by, ElementsAre("other"));
  EXPECT_THAT(witness.not_run_by, ElementsAre("torch: not built", "one: conv2d: no kernel"));
}

TEST_F(ConfirmWitnessesTest, WhatNobodyRanIsNotConfirmed) {
  Refuses none(Error::Code::kInput);
  const Witness& witness = Confirm({{&none, &none, "one"}});
  EXPECT_EQ(witness.confirmed, false);
  EXPECT_FALSE(witness.observed_lsb);
  EXPECT_EQ(witness.why_not_confirmed, "conv2d: no kernel");
}

TEST_F(ConfirmWitnessesTest, AFaultOfOurOwnIsNoRefusal) {
  Refuses none(Error::Code::kInternal);
  EXPECT_THROW(Confirm({{&none, &none, "one"}}), Error);
}

// The worst A lies in the middle of those 3 codes apart, and x = A * 1 becomes code A. The executor
// sums for itself: A -> 2 A, A + 1.5 -> 2 A + 3.
TEST_F(ConfirmWitnessesTest, TheExecutorOfIntegersSeesIt) {
  exec::IntegerExecutor integer;
  const Witness& witness = Confirm({{&integer, &integer, "integer"}});
  EXPECT_EQ(witness.confirmed, true) << witness.why_not_confirmed;
  EXPECT_EQ(witness.observed_lsb, 3);
  EXPECT_EQ(witness.level, Witness::Level::kProgram);
  EXPECT_EQ(std::filesystem::path(witness.file.value()).filename(), "site0_tail0.npz");
  const exec::Arrays arrays = exec::ReadNpz(*witness.file);
  EXPECT_THAT(arrays.at("x0").Elements<float>(),
              ElementsAre(static_cast<float>(witness.accumulator)));
}

TEST_F(ConfirmWitnessesTest, LevelsAreToldWithoutARun) {
  TheWitness().level = Witness::Level::kSite;
  SetWitnessLevels(sides_->before, proof_);
  EXPECT_EQ(TheWitness().level, Witness::Level::kProgram);
  EXPECT_FALSE(TheWitness().confirmed);
  TheWitness().output_position = {5, 5};  // there is one, (0, 0)
  SetWitnessLevels(sides_->before, proof_);
  EXPECT_EQ(TheWitness().why_not_confirmed, "a tap lies outside the input");
}

}  // namespace
}  // namespace foldproof::prove
