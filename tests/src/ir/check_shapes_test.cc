// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/ir/checker.h"
#include "tests/src/ir/one_node.h"

namespace foldproof::ir {
namespace {

using testing::HasSubstr;

using Ints = std::vector<std::int64_t>;

std::string Check(const std::string& target, const std::vector<std::optional<TensorType>>& inputs,
                  std::vector<Argument> arguments, TensorType output) {
  return FailureOf([&] {
    const Graph graph = OneNode(target, inputs, std::move(arguments), std::move(output));
    CheckShapes(graph, graph.nodes().front());
  });
}

std::string CheckConv(Ints input, Ints weight, Ints output, std::vector<Argument> more = {},
                      const std::string& target = "aten.conv2d.default") {
  std::vector<Argument> arguments = {{"input", ValueId{0}}, {"weight", ValueId{1}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return Check(target, {Float(input), Float(weight)}, std::move(arguments), Float(output));
}

TEST(CheckShapes, Convolution) {
  EXPECT_EQ(CheckConv({1, 4, 8, 7}, {6, 4, 3, 3}, {1, 6, 6, 5}), "no error");
  EXPECT_EQ(CheckConv({4, 8, 7}, {6, 4, 3, 3}, {6, 6, 5}), "no error");
  EXPECT_THAT(CheckConv({1, 4, 8, 7}, {6, 4, 3, 3}, {1, 6, 6, 6}),
              HasSubstr("makes [1, 6, 6, 5], but its output is declared [1, 6, 6, 6]"));
  EXPECT_THAT(CheckConv({1, 5, 8, 7}, {6, 4, 3, 3}, {1, 6, 6, 5}),
              HasSubstr("takes 4 channels, its input has 5"));
  EXPECT_THAT(CheckConv({1, 4, 2, 2}, {6, 4, 3, 3}, {1, 6, 1, 1}), HasSubstr("does not fit"));
  EXPECT_THAT(CheckConv({1, 4, 8, 7}, {6, 0, 3, 3}, {1, 6, 6, 5}), HasSubstr("is empty"));
}

TEST(CheckShapes, ConvolutionWithStridePaddingDilation) {
  // (9 + 2*1 - 2*(3 - 1) - 1) / 2 + 1 = 4
  EXPECT_EQ(CheckConv({1, 4, 9, 9}, {6, 4, 3, 3}, {1, 6, 4, 4},
                      {{"stride", Ints{2, 2}}, {"padding", Ints{1, 1}}, {"dilation", Ints{2, 2}}}),
            "no error");
}

TEST(CheckShapes, ConvolutionInGroups) {
  EXPECT_EQ(CheckConv({1, 4, 8, 8}, {6, 2, 3, 3}, {1, 6, 6, 6}, {{"groups", std::int64_t{2}}}),
            "no error");
  EXPECT_THAT(CheckConv({1, 8, 8, 8}, {6, 2, 3, 3}, {1, 6, 6, 6}, {{"groups", std::int64_t{4}}}),
              HasSubstr("does not split into 4 groups"));
}

TEST(CheckShapes, ConvolutionPaddedByName) {
  EXPECT_EQ(CheckConv({1, 4, 8, 8}, {6, 4, 3, 3}, {1, 6, 8, 8}, {{"padding", std::string("same")}},
                      "aten.conv2d.padding"),
            "no error");
  EXPECT_EQ(CheckConv({1, 4, 8, 8}, {6, 4, 3, 3}, {1, 6, 6, 6}, {{"padding", std::string("valid")}},
                      "aten.conv2d.padding"),
            "no error");
}

TEST(CheckShapes, TransposedConvolution) {
  // (5 - 1)*2 - 2*1 + (3 - 1) + 1 + 1 = 10
  EXPECT_EQ(CheckConv({1, 4, 5, 5}, {4, 6, 3, 3}, {1, 6, 10, 10},
                      {{"stride", Ints{2}}, {"padding", Ints{1}}, {"output_padding", Ints{1}}},
                      "aten.conv_transpose2d.input"),
            "no error");
  EXPECT_THAT(
      CheckConv({1, 6, 5, 5}, {4, 6, 3, 3}, {1, 6, 7, 7}, {}, "aten.conv_transpose2d.input"),
      HasSubstr("takes 4 channels, its input has 6"));
}

TEST(CheckShapes, HugeConvolutionDoesNotOverflow) {
  const std::int64_t huge = std::int64_t{1} << 46;
  EXPECT_THAT(CheckConv({1, 1, huge, 1}, {1, 1, 1, 1}, {1, 1, 1, 1},
                        {{"stride", Ints{2147483647, 1}}}, "aten.conv_transpose2d.input"),
              HasSubstr("does not fit"));
}

TEST(CheckShapes, Broadcasting) {
  const std::vector<Argument> both = {{"self", ValueId{0}}, {"other", ValueId{1}}};
  const auto check = [&](Ints left, Ints right, Ints output) {
    return Check("aten.add.Tensor", {Float(left), Float(right)}, both, Float(output));
  };
  EXPECT_EQ(check({2, 8, 4, 4}, {1, 8, 1, 1}, {2, 8, 4, 4}), "no error");
  EXPECT_EQ(check({4}, {2, 1}, {2, 4}), "no error");
  EXPECT_EQ(check({}, {3}, {3}), "no error");
  EXPECT_THAT(check({2, 3}, {4}, {2, 3}), HasSubstr("cannot broadcast [2, 3] and [1, 4]"));
  EXPECT_THAT(check({2, 1}, {4}, {2, 1}), HasSubstr("makes [2, 4]"));
}

TEST(CheckShapes, Elementwise) {
  EXPECT_EQ(Check("aten.relu.default", {Float({2, 3})}, {{"self", ValueId{0}}}, Float({2, 3})),
            "no error");
  EXPECT_THAT(
      Check("aten.relu.default", {Float({2, 3})}, {{"self", ValueId{0}}}, Float({2, 4})),
      HasSubstr("node: aten.relu.default: makes [2, 3], but its output is declared [2, 4]"));
}

TEST(CheckShapes, SymbolicShapesAreLeftAlone) {
  TensorType symbolic = Float({2, 3});
  symbolic.dims[0].symbol = "s0";
  EXPECT_EQ(Check("aten.relu.default", {symbolic}, {{"self", ValueId{0}}}, Float({7, 3})),
            "no error");
}

TEST(CheckShapes, BatchNorm) {
  const auto check = [](Ints input, Ints statistics) {
    return Check("aten.batch_norm.default", {Float(input), Float(statistics)},
                 {{"input", ValueId{0}},
                  {"running_mean", ValueId{1}},
                  {"running_var", ValueId{1}},
                  {"training", false},
                  {"eps", 1e-5}},
                 Float(input));
  };
  EXPECT_EQ(check({2, 3, 4}, {3}), "no error");
  EXPECT_THAT(check({2, 3, 4}, {4}), HasSubstr("a running mean of shape [4] for 3 channels"));
  EXPECT_THAT(check({3}, {3}), HasSubstr("has no channels"));
}

TEST(CheckShapes, Linear) {
  const auto check = [](Ints input, Ints weight, Ints output) {
    return Check("aten.linear.default", {Float(input), Float(weight)},
                 {{"input", ValueId{0}}, {"weight", ValueId{1}}}, Float(output));
  };
  EXPECT_EQ(check({5, 2, 4}, {3, 4}, {5, 2, 3}), "no error");
  EXPECT_THAT(check({2, 4}, {3, 5}, {2, 3}), HasSubstr("does not fit its input"));
}

TEST(CheckShapes, Reshape) {
  const auto check = [](Ints input, Ints output) {
    return Check("aten.view.default", {Float(input)}, {{"self", ValueId{0}}, {"size", output}},
                 Float(output));
  };
  EXPECT_EQ(check({2, 6}, {3, 4}), "no error");
  EXPECT_THAT(check({2, 6}, {3, 5}), HasSubstr("cannot make [3, 5] of [2, 6]"));
}

TEST(CheckShapes, Permute) {
  const std::vector<Argument> arguments = {{"self", ValueId{0}}, {"dims", Ints{0, 2, 1}}};
  EXPECT_EQ(Check("aten.permute.default", {Float({2, 3, 4})}, arguments, Float({2, 4, 3})),
            "no error");
  EXPECT_THAT(Check("aten.permute.default", {Float({2, 3, 4})}, arguments, Float({2, 3, 4})),
              HasSubstr("makes [2, 4, 3]"));
}

TEST(CheckShapes, Pad) {
  const auto check = [](const std::string& target, Ints amounts, Ints output) {
    const char* name = target == "aten.constant_pad_nd.default" ? "pad" : "padding";
    return Check(target, {Float({2, 3, 5})}, {{"self", ValueId{0}}, {name, std::move(amounts)}},
                 Float(output));
  };
  EXPECT_EQ(check("aten.constant_pad_nd.default", {1, 2, 0, 4}, {2, 7, 8}), "no error");
  EXPECT_EQ(check("aten.constant_pad_nd.default", {-1, -2}, {2, 3, 2}), "no error");
  EXPECT_THAT(check("aten.constant_pad_nd.default", {-3, -3}, {2, 3, 0}),
              HasSubstr("cuts more off"));
  EXPECT_EQ(check("aten.reflection_pad1d.default", {4, 4}, {2, 3, 13}), "no error");
  EXPECT_THAT(check("aten.reflection_pad1d.default", {5, 0}, {2, 3, 10}), HasSubstr("mirror"));
}

}  // namespace
}  // namespace foldproof::ir
