// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/lie_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "fuzz/judge/faulty_judges.h"
#include "fuzz/judge/lie_campaign.h"
#include "fuzz/judge/sketch.h"
#include "src/base/error.h"
#include "tests/harness/prove/constant_program.h"
#include "tests/paths.h"

namespace foldproof::fuzz {
namespace {

using Kind = CheckedPair::Kind;
using prove::Verdict;

// libtorch, or null where this build has none.
std::unique_ptr<exec::Executor> Torch() {
  try {
    return exec::OpenTorchExecutor();
  } catch (const Error&) {
    return nullptr;
  }
}

ChangeDraw Change(std::string_view name, std::initializer_list<std::uint16_t> numbers = {}) {
  const auto kinds = ChangeKinds();
  const auto found = std::ranges::find(kinds, name, &ChangeKind::name);
  EXPECT_NE(found, kinds.end()) << name;
  ChangeDraw out{static_cast<std::uint16_t>(found - kinds.begin()), {}};
  std::ranges::copy(numbers, out.numbers.begin());
  return out;
}

// The plainest base with these changes in AFTER.
ProgramPair PairWith(std::vector<ChangeDraw> changes, std::vector<ChangeDraw> both = {}) {
  PairDraw draw;
  draw.prepared = std::move(both);
  draw.changes = std::move(changes);
  auto pair = PairOf(draw, {});
  EXPECT_TRUE(pair.has_value());
  return *std::move(pair);
}

// Says the same of every pair, and nothing of any site.
Judge Always(Verdict verdict) {
  return [verdict](const ProgramPair&) {
    prove::Verification said;
    said.verdict = verdict;
    return said;
  };
}

std::string RuleOf(const ProgramPair& pair, const Judge& judge, exec::Executor& torch) {
  const CheckedPair checked = CheckPair(pair, 1, judge, torch);
  return checked.lie ? checked.lie->rule : "";
}

TEST(LieCheck, EqualOfAMoveIsALie) {
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  const ProgramPair pair = PairWith({Change("move-transpose")});
  EXPECT_EQ(RuleOf(pair, Always(Verdict::kEqual), *torch), "output-differs");
  EXPECT_EQ(RuleOf(pair, Always(Verdict::kDiffers), *torch), "");
  EXPECT_EQ(RuleOf(pair, Always(Verdict::kUnproved), *torch), "");
}

TEST(LieCheck, EqualOfAnUpdateThatOneProgramHasIsALie) {
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  const ProgramPair pair = PairWith({Change("update-added")});
  EXPECT_EQ(RuleOf(pair, Always(Verdict::kEqual), *torch), "state-differs");
  const ProgramPair same = PairWith({Change("nothing")}, {Change("update-added")});
  EXPECT_EQ(RuleOf(same, Always(Verdict::kEqual), *torch), "");
}

// x plus what zero_ leaves in a buffer that held `stored`.
ir::Program Zeroed(float stored) {
  prove::ConstantProgram p;
  const auto type = ir::ScalarType::kFloat32;
  const auto x = p.UserInput("x", ir::MakeTensorType(type, {2}));
  const auto buffer = p.Floats("buffer", {2}, {stored, stored});
  const auto zero = p.Node("zero_", "aten.zero_.default", {{"self", buffer}}, type, {2});
  const auto sum = p.Node("sum", "aten.add.Tensor", {{"self", x}, {"other", zero}}, type, {2});
  return Sketch(p.Return({sum})).Finish();
}

TEST(LieCheck, WhatWasStoredIsNoLieWhereEachCallWritesOverIt) {
  // Before's buffer holds 0 already, after's becomes 0: whatever is called next finds the same.
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  const ProgramPair pair{Zeroed(0), Zeroed(1)};
  prove::JudgeScratch scratch;
  const CheckedPair checked = CheckPair(pair, 1, ProverWith(scratch), *torch);
  EXPECT_EQ(checked.verdict, Verdict::kEqual);
  EXPECT_EQ(checked.kind, Kind::kHolds) << checked.note;
  EXPECT_FALSE(checked.lie) << checked.lie->detail;
}

TEST(LieCheck, EqualOfOneMoreOutputIsALie) {
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  EXPECT_EQ(RuleOf(PairWith({Change("output-added")}), Always(Verdict::kEqual), *torch),
            "interface-differs");
}

TEST(LieCheck, EqualOfARandomNumberIsALieEvenOfOneProgram) {
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  const ProgramPair pair = PairWith({Change("nothing")}, {Change("random-put-in")});
  EXPECT_EQ(RuleOf(pair, Always(Verdict::kEqual), *torch), "output-differs");
}

TEST(LieCheck, ChangesThatMoveNoNumberAreNoLie) {
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  EXPECT_EQ(RuleOf(PairWith({Change("nothing")}), Always(Verdict::kEqual), *torch), "");
  EXPECT_EQ(RuleOf(PairWith({Change("read-through-alias")}), Always(Verdict::kEqual), *torch), "");
  EXPECT_EQ(
      RuleOf(PairWith({Change("constant-stored-transposed")}), Always(Verdict::kEqual), *torch),
      "");
}

// Folds of drawn programs are within what was proved of them; half of that they are not.
TEST(LieCheck, HoldsAFoldToWhatWasProved) {
  const auto torch = Torch();
  if (!torch) GTEST_SKIP() << "this build has no libtorch";
  prove::JudgeScratch scratch;
  const Judge right = ProverWith(scratch);
  std::size_t held = 0, caught = 0;
  for (std::uint64_t index = 0; index < 400; ++index) {
    PairDraw draw = DrawPair(1, index, 0);
    if (draw.between != Between::kRepair) continue;
    draw.prepared.clear();
    draw.changes.clear();
    const auto pair = PairOf(draw, {});
    if (!pair) continue;
    const CheckedPair checked = CheckPair(*pair, index, right, *torch);
    EXPECT_FALSE(checked.lie) << index << ": " << checked.lie->detail;
    held += checked.kind == Kind::kHolds;
    const Judge shy = [&](const ProgramPair& p) {
      prove::Verification said = right(p);
      for (auto& site : said.sites) {
        for (auto& tail : site.tails) {
          for (auto& channel : tail.channels) {
            channel.reachable.lsb /= 1024;
            if (channel.reachable.lsb_root_step) *channel.reachable.lsb_root_step /= 1024;
          }
        }
      }
      return said;
    };
    caught += CheckPair(*pair, index, shy, *torch).kind == Kind::kLie;
  }
  EXPECT_GT(held, 5u);
  EXPECT_GT(caught, 0u);
}

TEST(ChangeKinds, AreInTheTableOfTheDocs) {
  std::ifstream file(std::string(tests::kSourceFolder) + "/docs/fuzzing.md");
  std::stringstream text;
  text << file.rdbuf();
  std::set<std::string_view> names;
  for (const ChangeKind& kind : ChangeKinds()) {
    names.insert(kind.name);
    const std::string row = "| `" + std::string(kind.name) + "`" +
                            (kind.prepares ? " (both)" : "") + " | " + std::string(kind.family) +
                            " | " + std::string(kind.does) + " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
  EXPECT_EQ(names.size(), ChangeKinds().size());
  EXPECT_GE(names.size(), 25u);
}

TEST(FaultyJudges, AreInTheTableOfTheDocs) {
  std::ifstream file(std::string(tests::kSourceFolder) + "/docs/fuzzing.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const FaultyJudge& judge : FaultyJudges()) {
    const std::string row =
        "| `" + std::string(judge.name) + "` | " + std::string(judge.breaks) + " |";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
  EXPECT_GE(FaultyJudges().size(), 20u);
}

// A third of the faults show on a few hundred pairs; script/judge faulty looks for all.
TEST(FaultyJudges, AreFoundOut) {
  if (!Torch()) GTEST_SKIP() << "this build has no libtorch";
  LieCampaignOptions options;
  options.cases = 320;
  options.seed = 17;
  std::set<std::string_view> found;
  for (const HuntedJudge& judge : HuntFaultyJudges(options, {})) {
    if (judge.found) found.insert(judge.name);
  }
  EXPECT_GE(found.size(), 10u);
  EXPECT_TRUE(found.contains("unproved-is-equal"));
  EXPECT_TRUE(found.contains("later-outputs-unseen"));
}

TEST(PairDraw, IsTheSameEveryTimeAndShrinksToLess) {
  for (std::uint64_t index = 0; index < 50; ++index) {
    const PairDraw draw = DrawPair(7, index, 3);
    EXPECT_EQ(draw, DrawPair(7, index, 3));
    for (const PairDraw& plainer : PlainerPairs(draw)) EXPECT_NE(plainer, draw);
  }
  EXPECT_NE(DrawPair(7, 0, 0), DrawPair(8, 0, 0));
}

}  // namespace
}  // namespace foldproof::fuzz
