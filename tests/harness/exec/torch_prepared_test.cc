// SPDX-License-Identifier: BSD-3-Clause
//
// A program that libtorch runs several times, prepared once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/exec/libtorch/torch_executor.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PreparedOnTorch : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  ir::ValueId Node(const std::string& name, const std::string& target,
                   std::vector<ir::Argument> arguments, std::vector<std::int64_t> sizes) {
    return made_.Node(name, target, std::move(arguments), FloatType(std::move(sizes)));
  }

  std::unique_ptr<PreparedProgram> Prepare(const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) {
    return executor_->Prepare(made_.program(), fed, fetch);
  }

  std::unique_ptr<Executor> executor_;
  SmallProgram made_;
};

// b, b + 1 in place, and a view of b made before: each run begins with the b of the program.
TEST_F(PreparedOnTorch, AConstantThatIsWrittenIntoIsFreshInEveryRun) {
  const auto b = made_.Buffer("b", FloatTensor({2}, {1, 2}));
  const auto view = Node("view", "aten.reshape.default",
                         {{"self", b}, {"shape", std::vector<std::int64_t>{1, 2}}}, {1, 2});
  const auto before = Node("before", "aten.clone.default", {{"self", view}}, {1, 2});
  Node("changed", "aten.add_.Tensor", {{"self", b}, {"other", 1.0}}, {2});
  const auto after = Node("after", "aten.neg.default", {{"self", view}}, {1, 2});
  const auto direct = Node("direct", "aten.neg.default", {{"self", b}}, {2});
  const auto prepared = Prepare({}, {before, after, direct});
  for (int run = 0; run < 3; ++run) {
    const Tensors out = prepared->Run({});
    EXPECT_THAT(out.at(before).Elements<float>(), ElementsAre(1, 2));
    EXPECT_THAT(out.at(after).Elements<float>(), ElementsAre(-2, -3));
    EXPECT_THAT(out.at(direct).Elements<float>(), ElementsAre(-2, -3));
  }
}

// The schema of batch_norm does not say that it updates the running statistics in training mode:
// mean' = 0.5 * 1 + 0.5 * mean([2, 4]) = 2.
TEST_F(PreparedOnTorch, RunningStatisticsAreFreshInEveryRun) {
  const auto x = made_.Input("x", FloatType({1, 1, 2}));
  const auto mean = made_.Buffer("mean", FloatTensor({1}, {1}));
  const auto var = made_.Buffer("var", FloatTensor({1}, {1}));
  const auto y = Node("y", "aten.batch_norm.default",
                      {{"input", x},
                       {"weight", ir::None{}},
                       {"bias", ir::None{}},
                       {"running_mean", mean},
                       {"running_var", var},
                       {"training", true},
                       {"momentum", 0.5},
                       {"eps", 1e-5},
                       {"cudnn_enabled", false}},
                      {1, 1, 2});
  const auto after = Node("after", "aten.clone.default", {{"self", mean}}, {1});
  const auto prepared = Prepare({x}, {y, after});
  for (int run = 0; run < 3; ++run) {
    const Tensors out = prepared->Run({{x, FloatTensor({1, 1, 2}, {2, 4})}});
    EXPECT_THAT(out.at(after).Elements<float>(), ElementsAre(2));
  }
}

// A node of constants alone is computed while preparing, so that is when it fails.
TEST_F(PreparedOnTorch, WhatDependsOnConstantsAloneIsComputedOnce) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto b = made_.Buffer("b", FloatTensor({2}, {1, 2}));
  const auto bad = Node("bad", "aten.reshape.default",
                        {{"self", b}, {"shape", std::vector<std::int64_t>{3}}}, {3});
  const auto good = Node("good", "aten.neg.default", {{"self", b}}, {2});
  const auto sum = Node("sum", "aten.add.Tensor", {{"self", x}, {"other", good}}, {2});
  try {
    Prepare({x}, {sum, bad});
    FAIL() << "it was prepared";
  } catch (const Error& error) {
    EXPECT_EQ(error.place(), "bad");
  }
  const auto prepared = Prepare({x}, {sum, good});
  for (const float first : {5.0f, 7.0f}) {
    const Tensors out = prepared->Run({{x, FloatTensor({2}, {first, 0})}});
    EXPECT_THAT(out.at(sum).Elements<float>(), ElementsAre(first - 1, -2));
    EXPECT_THAT(out.at(good).Elements<float>(), ElementsAre(-1, -2));
  }
}

TEST_F(PreparedOnTorch, WhatIsDrawnAtRandomIsDrawnInEveryRun) {
  const auto b = made_.Buffer("b", FloatTensor({4}, {1, 1, 1, 1}));
  const auto drawn = Node("drawn", "aten.rand_like.default", {{"self", b}}, {4});
  const auto dropped =
      Node("dropped", "aten.dropout.default", {{"input", drawn}, {"p", 0.5}, {"train", true}}, {4});
  const auto prepared = Prepare({}, {drawn, dropped});
  const Tensors first = prepared->Run({});
  const Tensors second = prepared->Run({});
  EXPECT_NE(first.at(drawn), second.at(drawn));
}

TEST_F(PreparedOnTorch, AValueThatWasAnnouncedAndNotGivenIsNamed) {
  const auto x = made_.Input("image", FloatType({1}));
  const auto y = Node("y", "aten.neg.default", {{"self", x}}, {1});
  const auto prepared = Prepare({x}, {y});
  try {
    prepared->Run({});
    FAIL() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    EXPECT_EQ(error.place(), "image");
    EXPECT_THAT(error.why(), HasSubstr("is not"));
  }
}

// A constant, and one of two results of a node of constants, that are given instead.
TEST_F(PreparedOnTorch, AFedValueIsNoConstant) {
  const auto b = made_.Buffer("b", FloatTensor({2}, {1, 2}));
  const auto c = made_.Buffer("c", FloatTensor({1}, {10}));
  const ir::NodeId split = made_.Graph().Append(
      "split", "aten.split.Tensor", {{"self", b}, {"split_size", std::int64_t{1}}},
      {{"first", FloatType({1})}, {"second", FloatType({1})}});
  const auto parts = made_.Graph().node(split).outputs;
  const auto first = Node("minus_first", "aten.neg.default", {{"self", parts[0]}}, {1});
  const auto second = Node("minus_second", "aten.neg.default", {{"self", parts[1]}}, {1});
  const auto third = Node("minus_c", "aten.neg.default", {{"self", c}}, {1});
  const auto prepared = Prepare({parts[0], c}, {first, second, third});
  for (const float given : {3.0f, 4.0f}) {
    const Tensor fed = FloatTensor({1}, {given});
    const Tensors out = prepared->Run({{parts[0], fed}, {c, fed}});
    EXPECT_THAT(out.at(first).Elements<float>(), ElementsAre(-given));
    EXPECT_THAT(out.at(second).Elements<float>(), ElementsAre(-2));
    EXPECT_THAT(out.at(third).Elements<float>(), ElementsAre(-given));
  }
}

// Codes and reals that do not lie row-major: [[1, 2], [3, 4]] transposed, quantized with scale 0.5
// and zero point 1, transposed again and dequantized.
TEST_F(PreparedOnTorch, QuantizesWhatIsNotStoredRowMajor) {
  const auto x = made_.Input("x", FloatType({2, 2}));
  const std::vector<ir::Argument> range{{"scale", 0.5},
                                        {"zero_point", std::int64_t{1}},
                                        {"quant_min", std::int64_t{-128}},
                                        {"quant_max", std::int64_t{127}},
                                        {"dtype", ScalarType::kInt8}};
  const auto with_range = [&](ir::ValueId input) {
    std::vector<ir::Argument> arguments{{"input", input}};
    arguments.insert(arguments.end(), range.begin(), range.end());
    return arguments;
  };
  const auto codes_type = ir::MakeTensorType(ScalarType::kInt8, {2, 2});
  const auto turned = Node("turned", "aten.t.default", {{"self", x}}, {2, 2});
  const auto q = made_.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                            with_range(turned), codes_type);
  const auto back = made_.Node("back", "aten.t.default", {{"self", q}}, codes_type);
  const auto y =
      Node("y", "quantized_decomposed.dequantize_per_tensor.default", with_range(back), {2, 2});
  const Tensors out = Prepare({x}, {q, y})->Run({{x, FloatTensor({2, 2}, {1, 2, 3, 4})}});
  EXPECT_THAT(out.at(q).Elements<std::int8_t>(), ElementsAre(3, 7, 5, 9));
  EXPECT_THAT(out.at(y).Elements<float>(), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace foldproof::exec
