// SPDX-License-Identifier: BSD-3-Clause
//
// What `foldproof compare --inputs` says of many inputs, against what `foldproof run` gives for
// each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "harness/exec/arrays/npz.h"
#include "tests/cli/program_run.h"

namespace foldproof::cli::compare_shares_test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

constexpr std::size_t kInputs = 150;  // three blocks of runs
const std::string kSpotter = "golden/keywords/spotter.";

exec::Arrays Sounds() {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> number(-1, 1);
  exec::Arrays out;
  for (std::size_t i = 0; i < kInputs; ++i) {
    std::vector<float> elements(20 * 32);
    for (float& element : elements) element = number(random);
    out.emplace("x" + std::to_string(i),
                exec::Tensor::Of(ir::ScalarType::kFloat32, {1, 20, 32}, elements));
  }
  return out;
}

std::vector<std::vector<float>> AnswersOf(const std::string& part, const Scratch& scratch) {
  const Ran ran = RunFoldproof({"run", kSpotter + part + ".pt2", "--executor", "integer",
                                "--inputs", scratch / "x.npz", "--out", scratch / (part + ".npz")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const exec::Arrays arrays = exec::ReadNpz(scratch / (part + ".npz"));
  std::vector<std::vector<float>> out;
  for (std::size_t i = 0; i < kInputs; ++i)
    out.push_back(arrays.at("y" + std::to_string(i)).Elements<float>());
  return out;
}

TEST(CompareShares, AreThoseOfTheOutputsOfBothPrograms) {
  const Scratch scratch;
  exec::WriteNpz(scratch / "x.npz", Sounds());
  const Ran ran =
      RunFoldproof({"compare", kSpotter + "before.pt2", kSpotter + "after.pt2", "--inputs",
                    scratch / "x.npz", "--classes", "0", "--json", scratch / "r.json"});
  ASSERT_LE(ran.code, 2) << ran.err;
  const Json shares = Json::parse(ReadText(scratch / "r.json"))["shares"];
  const auto before = AnswersOf("before", scratch), after = AnswersOf("after", scratch);
  const Json& output = shares["outputs"][0];
  const double scale = output["scale"], tolerance = output["tolerance_lsb"];
  std::size_t changed = 0, over = 0;
  double most = 0;
  for (std::size_t i = 0; i < kInputs; ++i) {
    changed += std::ranges::max_element(before[i]) - before[i].begin() !=
               std::ranges::max_element(after[i]) - after[i].begin();
    double lsb = 0;
    for (std::size_t c = 0; c < before[i].size(); ++c) {
      lsb = std::max(
          lsb,
          std::abs(static_cast<double>(after[i][c]) - static_cast<double>(before[i][c])) / scale);
    }
    over += lsb > tolerance + 1e-6;
    most = std::max(most, lsb);
  }
  ASSERT_GT(changed, 0u);
  ASSERT_LT(changed, kInputs);
  EXPECT_EQ(shares["inputs"], kInputs);
  EXPECT_EQ(shares["classes"]["answers"], kInputs);
  EXPECT_EQ(shares["classes"]["changed"], changed);
  EXPECT_EQ(output["inputs_over"], over);
  EXPECT_NEAR(output["lsb"], most, 1e-6 * most);
  EXPECT_THAT(ran.out,
              HasSubstr("of 150 inputs " + std::to_string(changed) + " change their class ("));
}

}  // namespace
}  // namespace foldproof::cli::compare_shares_test
