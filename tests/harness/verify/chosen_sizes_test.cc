// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/chosen_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/exec/integer/integer_executor.h"
#include "harness/verify/verification.h"
#include "src/pt2/reader.h"
#include "tests/harness/exec/small_programs.h"
#include "tests/paths.h"

namespace foldproof::verify {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

// x + x of a vector whose length is a symbol, traced at 3.
exec::SmallProgram Doubled(const std::string& symbol) {
  exec::SmallProgram made;
  ir::TensorType type = exec::FloatType({2});
  type.dims[0] = {-1, symbol, 3};
  const auto x = made.Input("x", type);
  made.Returning({made.Node("y", "aten.add.Tensor", {{"self", x}, {"other", x}}, type)});
  return made;
}

TEST(SizesToTry, AreThoseOfTheRange) {
  exec::SmallProgram made = Doubled("s7");
  made.program().size_ranges["s7"] = {4, 6};
  EXPECT_THAT(SizesToTry(made.program()),
              ElementsAre(ChosenSizes{{"s7", 4}}, ChosenSizes{{"s7", 5}}, ChosenSizes{{"s7", 6}}));
}

// A guard may refuse every size but the one that the program was traced with; of an expression of
// symbols nothing is known.
TEST(SizesToTry, AreTheTracedOnesUnderFurtherConditions) {
  exec::SmallProgram guarded = Doubled("s7");
  guarded.program().size_ranges["s7"] = {1, 64};
  guarded.program().guards = {"L['x'].size()[0] % 3 == 0"};
  EXPECT_THAT(SizesToTry(guarded.program()), ElementsAre(ChosenSizes{{"s7", 3}}));
  EXPECT_THAT(SizesToTry(Doubled("2*s7").program()), ElementsAre(ChosenSizes{{"2*s7", 3}}));
}

TEST(AtSizes, GivesEveryValueTheSizesOfARun) {
  exec::IntegerExecutor executor;
  exec::SmallProgram made = Doubled("s7");
  const auto at = AtSizes(made.program(), {{"s7", 5}}, executor);
  ASSERT_TRUE(at);
  for (const char* name : {"x", "y"})
    EXPECT_EQ(at->graph.value(*at->graph.FindValue(name)).type->ToString(), "float32[5]");
  EXPECT_FALSE(AtSizes(made.program(), {}, executor));  // no size for s7
}

// A program with a batch, a height and a width that are symbols; a batch_norm that was folded into
// codes which saturate. Sizes are chosen, and both programs run on the witness.
TEST(ConfirmAtChosenSizes, RunsAWitnessOfSymbolicSizes) {
  const std::string folder = std::string(tests::kSourceFolder) + "/golden/sizes/";
  const std::string witnesses = testing::TempDir() + "/foldproof_chosen_sizes";
  VerifyOptions options;
  options.witness = witnesses;
  options.executor = "integer";
  const Verified verified =
      Verify(folder + "dynamic_two_norms.before.pt2",
             AfterFile{folder + "dynamic_two_norms.upstream.pt2"}, options, [] { return 0.0; });
  const prove::TailVerdict& tail = verified.verification.sites.at(0).tails.at(0);
  ASSERT_TRUE(tail.witness);
  EXPECT_TRUE(tail.witness->confirmed.value_or(false)) << tail.witness->why_not_confirmed;
  EXPECT_EQ(tail.witness->level, prove::Witness::Level::kProgram);
  EXPECT_GT(tail.witness->observed_lsb.value_or(0), tail.tolerance_lsb);
  EXPECT_THAT(tail.witness->sizes, SizeIs(3));
  EXPECT_THAT(tail.witness->sizes, Contains(Pair("s77", 1)));  // the batch
  EXPECT_TRUE(std::filesystem::exists(tail.witness->file.value_or("")));
  std::filesystem::remove_all(witnesses);
}

}  // namespace
}  // namespace foldproof::verify
