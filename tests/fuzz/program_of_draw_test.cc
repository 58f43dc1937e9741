// SPDX-License-Identifier: BSD-3-Clause
//
// Drawn programs are whole, run, and are the same whenever they are drawn.
#include "fuzz/program_of_draw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "fuzz/dimensions.h"
#include "fuzz/draw_json.h"
#include "fuzz/generator.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/exec/plan/run_plan.h"
#include "src/ir/checker.h"
#include "src/ir/printer.h"

namespace foldproof::fuzz {
namespace {

constexpr std::uint64_t kCases = 3000;

TEST(ProgramOfDraw, PlainestIsOneFoldableChain) {
  const ir::Program program = ProgramOf(Draw{});
  ir::CheckProgram(program);
  int convolutions = 0, norms = 0;
  for (const ir::Node& node : program.graph.nodes()) {
    convolutions += std::holds_alternative<ir::Convolution>(node.op);
    norms += std::holds_alternative<ir::BatchNorm>(node.op);
  }
  EXPECT_EQ(convolutions, 1);
  EXPECT_EQ(norms, 1);
}

TEST(ProgramOfDraw, DrawnOnesAreWholeAndRun) {
  exec::IntegerExecutor executor;
  int left = 0;
  for (std::uint64_t i = 0; i < 2 * kCases; ++i) {
    SCOPED_TRACE(i);
    const Family family = i % 2 == 0 ? Family::kQatChain : Family::kConvBn;
    const ir::Program program = ProgramOf(DrawCase(1, i / 2, family).value());
    ASSERT_NO_THROW(ir::CheckProgram(program)) << ir::Print(program);
    const std::set<ir::ValueId> returned = exec::ReturnedValues(program.graph);
    const ir::ValueId x = program.UserInputs().at(0);
    const auto sizes = program.graph.value(x).type->sizes();
    exec::Tensor input{ir::ScalarType::kFloat32, sizes, {}};
    input.bytes.resize(static_cast<std::size_t>(input.count()) * 4);
    try {
      executor.Run(program, {{x, input}}, {returned.begin(), returned.end()});
    } catch (const Error& error) {
      // Two blocks may share statistics that the first one updates: libtorch alone runs that.
      ASSERT_THAT(error.what(), testing::HasSubstr("only the executor torch runs such a program"));
      const auto choices = NotPlain(DrawCase(1, i / 2, family).value());
      EXPECT_TRUE(std::ranges::count(choices, NamedChoice{"near miss", "batch statistics"}));
      EXPECT_TRUE(std::ranges::count(choices, NamedChoice{"sharing", "batch_norm"}));
      ++left;
    }
  }
  EXPECT_LT(left, 6);
}

// torch.export.load gives the others by position, which is a TypeError of these operators:
// aten::add is (self, other, *, alpha), aten::div.Tensor_mode is (self, other, *, rounding_mode).
TEST(ProgramOfDraw, KeywordOnlyArgumentsAreGivenByName) {
  int seen = 0;
  for (std::uint64_t i = 0; i < kCases; ++i) {
    const ir::Program program = ProgramOf(DrawCase(3, i).value());
    for (const ir::Node& node : program.graph.nodes()) {
      for (const ir::Argument& argument : node.arguments) {
        const bool only = argument.name == "alpha" || argument.name == "rounding_mode";
        EXPECT_EQ(argument.keyword, only) << node.name << " " << argument.name;
        seen += only ? 1 : 0;
      }
    }
  }
  EXPECT_GT(seen, 100);
}

TEST(ProgramOfDraw, EveryChoiceIsDrawnAndTwoChannelsMostly) {
  std::map<std::pair<std::string_view, std::string_view>, int> seen;
  int narrow = 0;
  for (std::uint64_t i = 0; i < kCases; ++i) {
    const Draw draw = DrawCase(2, i).value();
    for (const NamedChoice& choice : NotPlain(draw)) ++seen[{choice.dimension, choice.choice}];
    for (const BlockDraw& block : draw.blocks) narrow += block.outputs == 1 ? 1 : 0;
  }
  for (const Dimension& dimension : Dimensions()) {
    for (std::size_t c = 1; c < dimension.choices.size(); ++c) {
      EXPECT_GT((seen[{dimension.name, dimension.choices[c].name}]), 0)
          << dimension.name << ": " << dimension.choices[c].name;
    }
  }
  EXPECT_LT(narrow, static_cast<int>(kCases) / 5);
}

TEST(ProgramOfDraw, EveryChoiceOfTheFoldsIntoWeightsIsDrawn) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (std::uint64_t i = 0; i < kCases; ++i) {
    const Draw draw = DrawCase(2, i, Family::kConvBn).value();
    for (const NamedChoice& choice : NotPlain(draw)) seen.insert({choice.dimension, choice.choice});
    const nlohmann::json json = JsonOf(draw);
    EXPECT_EQ(DrawOf(JsonField(json)), draw);
  }
  for (const Dimension& dimension : Dimensions(Family::kConvBn)) {
    for (std::size_t c = 1; c < dimension.choices.size(); ++c) {
      const Choice& choice = dimension.choices[c];
      EXPECT_EQ(seen.contains({dimension.name, choice.name}), choice.weight > 0)
          << dimension.name << ": " << choice.name;
    }
  }
}

TEST(Generator, SameSeedAndIndexIsTheSameDraw) {
  EXPECT_EQ(DrawCase(7, 3).value(), DrawCase(7, 3).value());
  EXPECT_NE(DrawCase(7, 3).value(), DrawCase(7, 4).value());
  EXPECT_NE(DrawCase(7, 3).value(), DrawCase(8, 3).value());
}

}  // namespace
}  // namespace foldproof::fuzz
