// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/made_sizes.h"

#include <gtest/gtest.h>

#include "tests/harness/prove/constant_program.h"

namespace foldproof::prove {
namespace {

using Sizes = std::vector<std::int64_t>;

// Of x [1, 4, 7, 6], with declared sizes; the sizes below were worked out by hand.
bool AreMade(const std::string& target, ConstantProgram::Arguments arguments,
             const Sizes& declared) {
  ConstantProgram made;
  const auto x = made.UserInput("x", ir::MakeTensorType(ir::ScalarType::kFloat32, {1, 4, 7, 6}));
  if (target == "aten.cat.default") {
    arguments.emplace_back("tensors", std::vector<ir::ValueId>{x, x});
  } else {
    arguments.emplace_back("self", x);
  }
  const auto y = made.Node("y", target, arguments, ir::ScalarType::kFloat32, declared);
  // What reads it is made where it is.
  const auto z =
      made.Node("z", "aten.relu.default", {{"self", y}}, ir::ScalarType::kFloat32, declared);
  return SizesAreMade(made.program().graph, z);
}

TEST(MadeSizes, AreWhatTheArgumentsAskFor) {
  struct Case {
    const char* target;
    ConstantProgram::Arguments arguments;
    Sizes right;
  };
  const Case cases[] = {
      {"aten.max_pool2d.default",
       {{"kernel_size", Sizes{3, 3}}, {"stride", Sizes{2, 2}}, {"padding", Sizes{1, 1}}},
       {1, 4, 4, 3}},
      {"aten.max_pool2d.default", {{"kernel_size", Sizes{2, 2}}}, {1, 4, 3, 3}},
      {"aten.avg_pool2d.default",
       {{"kernel_size", Sizes{2, 2}}, {"ceil_mode", true}},
       {1, 4, 4, 3}},
      {"aten.upsample_nearest2d.default", {{"output_size", Sizes{9, 12}}}, {1, 4, 9, 12}},
      {"aten.upsample_bilinear2d.vec",
       {{"scale_factors", std::vector<double>{2.0, 2.0}}, {"align_corners", false}},
       {1, 4, 14, 12}},
      {"aten.cat.default", {{"dim", std::int64_t{1}}}, {1, 8, 7, 6}},
      {"aten.slice.Tensor",
       {{"dim", std::int64_t{2}},
        {"start", std::int64_t{1}},
        {"end", std::int64_t{100}},
        {"step", std::int64_t{2}}},
       {1, 4, 3, 6}},
      {"aten.roll.default", {{"shifts", Sizes{1}}, {"dims", Sizes{2}}}, {1, 4, 7, 6}},
  };
  for (const Case& one : cases) {
    EXPECT_TRUE(AreMade(one.target, one.arguments, one.right)) << one.target;
    Sizes wrong = one.right;
    wrong[2] = 1;
    EXPECT_FALSE(AreMade(one.target, one.arguments, wrong)) << one.target;
  }
}

TEST(MadeSizes, AreNotWhereNothingIsKnownOrTheArgumentsDoNotFit) {
  EXPECT_FALSE(AreMade("my.operator", {}, {1, 4, 7, 6}));
  EXPECT_FALSE(AreMade("aten.cumsum.default", {{"dim", std::int64_t{1}}}, {1, 4, 7, 6}));
  EXPECT_FALSE(AreMade("aten.max_pool2d.default", {{"kernel_size", Sizes{0, 0}}}, {1, 4, 7, 6}));
  EXPECT_FALSE(AreMade("aten.slice.Tensor", {{"dim", std::int64_t{9}}}, {1, 4, 7, 6}));
}

}  // namespace
}  // namespace foldproof::prove
