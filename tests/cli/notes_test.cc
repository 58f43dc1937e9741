// SPDX-License-Identifier: BSD-3-Clause
//
// What is told beside a verdict, by every command and in every format alike: notes and provisos.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/exec/arrays/npz.h"
#include "tests/cli/program_run.h"
#include "tests/paths.h"

namespace foldproof::cli::notes_test {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kBefore = "golden/pt2/default_conv2d_nobias.before.pt2";
const std::string kAfter = "golden/pt2/default_conv2d_nobias.after.pt2";
const std::string kHeldBefore = "golden/pt2/fused_conv2d_bias_relu.torchao_before.pt2";
const std::string kHeldAfter = "golden/pt2/fused_conv2d_bias_relu.torchao_after.pt2";
const std::string kFloatBefore = "golden/pt2/w8a32_conv1d_nobias.before.pt2";
const std::string kFloatAfter = "golden/pt2/w8a32_conv1d_nobias.after.pt2";

// What every format and command says of a pair: the terminal, compare's, and the reports of both.
std::vector<std::string> ToldOf(const std::string& before, const std::string& after) {
  const Scratch scratch;
  std::vector<std::string> out;
  for (const std::string command : {"verify", "compare"}) {
    const std::string json = scratch / (command + ".json");
    out.push_back(RunFoldproof({command, before, after, "--json", json}).out);
    out.push_back(RunFoldproof({"report", json, "--to", "markdown"}).out);
    out.push_back(RunFoldproof({"report", json, "--to", "junit"}).out);
  }
  return out;
}

TEST(Notes, ProvisosAreToldWhereverAVerdictHolds) {
  for (const std::string& told : ToldOf(kHeldBefore, kHeldAfter)) {
    EXPECT_THAT(told, HasSubstr("rovided that sums of products of codes are exact")) << told;
  }
  // What differs has none.
  for (const std::string& told : ToldOf(kBefore, kAfter))
    EXPECT_THAT(told, Not(HasSubstr("rovided that")));
}

TEST(Notes, ThatNothingIsQuantizedIsToldEverywhere) {
  for (const std::string& told : ToldOf(kFloatBefore, kFloatAfter)) {
    EXPECT_THAT(told, HasSubstr("this program is not quantized; the float fold is judged")) << told;
  }
}

TEST(Notes, ProgramsThatMayHaveBeenSwappedAreAskedAbout) {
  for (const std::string& told : ToldOf(kAfter, kBefore)) {
    EXPECT_THAT(told, AllOf(HasSubstr("before has no batch"), HasSubstr("did you swap the two")))
        << told;
  }
  for (const std::string& told : ToldOf(kBefore, kAfter)) EXPECT_THAT(told, Not(HasSubstr("swap")));
}

TEST(Notes, AGateTellsThemOfPairsThatDoNotHold) {
  const Scratch scratch;
  const auto pair = [](const std::string& name, const std::string& before,
                       const std::string& after) {
    const std::string root = std::string(tests::kSourceFolder) + "/";
    return "[[pair]]\nname = \"" + name + "\"\nbefore = \"" + root + before + "\"\nafter = \"" +
           root + after + "\"\n";
  };
  std::ofstream(scratch / "foldproof.toml")
      << pair("swapped", kAfter, kBefore) << pair("held", kFloatBefore, kFloatAfter);
  const Ran ran = RunFoldproof({"gate", "--config", scratch / "foldproof.toml"});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\n  note: the program before has no batch_norm, and"));
  EXPECT_THAT(ran.out, Not(HasSubstr("not quantized")));
}

// An input of so many elements of 0.5, but for the first.
exec::Tensor Input(std::vector<std::int64_t> sizes, std::vector<float> first = {}) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  first.resize(static_cast<std::size_t>(count), 0.5F);
  return exec::Tensor::Of(ir::ScalarType::kFloat32, std::move(sizes), first);
}

std::vector<std::int64_t> InputSizes() {
  const Ran shown = RunFoldproof({"show", kBefore});
  const std::string type = "%x : float32[";
  std::vector<std::int64_t> out;
  std::istringstream sizes(shown.out.substr(shown.out.find(type) + type.size()));
  for (std::int64_t size; sizes >> size; sizes.ignore()) out.push_back(size);
  return out;
}

TEST(Notes, InputsThatAreNoFiniteNumbersAreCounted) {
  const Scratch scratch;
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinite = -HUGE_VALF;
  const std::string file = scratch / "inputs.npz";
  exec::WriteNpz(file,
                 {{"x0", Input(InputSizes())}, {"x1", Input(InputSizes(), {nan, infinite, nan})}});
  const std::string said = "inputs.npz: x1 holds 2 NaN and 1 infinite of ";
  const Ran run = RunFoldproof(
      {"run", kBefore, "--inputs", file, "--out", scratch / "y.npz", "--executor", "integer"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, AllOf(HasSubstr(said), Not(HasSubstr("x0"))));
  for (const std::string command : {"verify", "compare"}) {
    const Ran ran =
        RunFoldproof({command, kBefore, kAfter, "--inputs", file, "--json", scratch / "r.json"});
    EXPECT_THAT(ran.out, HasSubstr("  note: ")) << command;
    EXPECT_THAT(ran.out, HasSubstr(said)) << command;
    EXPECT_THAT(Json::parse(ReadText(scratch / "r.json"))["notes"].dump(), HasSubstr(said));
  }
}

TEST(Notes, InputsOfAnotherTypeOrShapeAreNamedWithTheirFile) {
  const Scratch scratch;
  std::vector<std::int64_t> wrong = InputSizes();
  ++wrong.back();
  const exec::Tensor wide =
      exec::Tensor::Of(ir::ScalarType::kFloat64, {1}, std::vector<double>{0.5});
  for (const exec::Tensor& tensor : {Input(wrong), wide}) {
    const std::string file = scratch / "inputs.npz";
    exec::WriteNpz(file, {{"x0", Input(InputSizes())}, {"x1", tensor}});
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{"compare", kBefore, kAfter},
          {"verify", kBefore, kAfter},
          {"run", kBefore, "--out", scratch / "y.npz", "--executor", "integer"}}) {
      std::vector<std::string> words = line;
      words.insert(words.end(), {"--inputs", file});
      const Ran ran = RunFoldproof(words);
      ExpectOneLineError(ran, 3);
      EXPECT_THAT(ran.err, AllOf(HasSubstr("inputs.npz: x1: "), HasSubstr(": takes float32["),
                                 HasSubstr(" was given")));
    }
  }
}

TEST(Notes, ReportsOfDifferentProgramsAreComparedAndThatIsSaid) {
  const std::string one = "golden/reports/hand_00_base.json";
  const std::string other = "golden/reports/default_conv2d_nobias.json";
  const Ran ran = RunFoldproof({"report", "diff", one, other});
  EXPECT_THAT(ran.out, HasSubstr("note: the reports are of different programs before the fold: "
                                 "pt2/default_conv2d_nobias.before.pt2 (sha256 "));
  EXPECT_THAT(ran.out, HasSubstr("), was pt2/hand_00_base.before.pt2 (sha256 "));
  EXPECT_THAT(RunFoldproof({"report", "diff", one, one}).out, Not(HasSubstr("different programs")));
}

}  // namespace
}  // namespace foldproof::cli::notes_test
