// SPDX-License-Identifier: BSD-3-Clause
//
// The fused operators as nodes of a program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exec/executor.h"
#include "harness/exec/fused/fused_ops.h"
#include "tests/harness/exec/code_tensors.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using List = std::vector<std::int64_t>;

// A program of one node with tensors as its inputs, run without libtorch.
class OneNode {
 public:
  ir::ValueId Input(const std::string& name, const Tensor& tensor) {
    const ir::ValueId id = made_.Input(name, ir::MakeTensorType(tensor.dtype, tensor.sizes));
    tensors_.insert_or_assign(id, tensor);
    return id;
  }

  Tensor Run(const std::string& target, std::vector<ir::Argument> arguments) {
    made_.Node("y", target, std::move(arguments), ir::MakeTensorType(ScalarType::kInt8, {}));
    return RunFusedOp(made_.Graph().nodes().back(),
                      [&](ir::ValueId id) { return tensors_.at(id); });
  }

 private:
  SmallProgram made_;
  Tensors tensors_;
};

std::vector<ir::Argument> ConvArguments(OneNode& made, std::int64_t groups) {
  return {{"input", made.Input("x", Int8({1, 2, 3}, {1, 2, 3, 4, 5, 6}))},
          {"weight", made.Input("w", Int8({2, 1, 2}, {1, 1, 1, 2}))},
          {"bias", made.Input("b", Bias({1, 0}))},
          {"stride", List{1}},
          {"padding", std::vector<ir::IntOrValue>{std::int64_t{0}}},
          {"dilation", List{1}},
          {"groups", groups},
          {"input_zero_point", std::int64_t{0}},
          {"weight_zero_point", std::int64_t{0}},
          {"bias_scale", 1.0},
          {"out_scale", 0.5},
          {"out_zero_point", std::int64_t{3}},
          {"out_multiplier", std::int64_t{7}},
          {"out_shift", std::int64_t{7}}};
}

// 1+2+1, 2+3+1; 4+2*5, 5+2*6; doubled, and 3. The multiplier takes no part.
TEST(FusedNode, ConvReadsItsArguments) {
  for (const std::string target :
       {"cadence.quantized_conv1d_ncl.per_tensor", "cadence.quantized_conv2d_nchw.per_tensor",
        "cadence.quantized_depthwise_conv1d_ncl.per_tensor"}) {
    OneNode made;
    EXPECT_THAT(IntegersOf(made.Run(target, ConvArguments(made, 2))), ElementsAre(11, 15, 31, 37))
        << target;
  }
}

TEST(FusedNode, DepthwiseTakesAGroupForEachChannel) {
  OneNode made;
  EXPECT_THAT(Refusal([&] {
                made.Run("cadence.quantized_depthwise_conv1d_ncl.per_tensor",
                         ConvArguments(made, 1));
              }),
              HasSubstr("as many groups"));
}

// 1 * 3 + 2 * 4 + 5 = 16, halved 8; `offset` takes no part.
TEST(FusedNode, LinearReadsItsArguments) {
  OneNode made;
  const auto x = made.Input("x", Int8({1, 2}, {1, 2}));
  const auto w = made.Input("w", Int8({1, 2}, {3, 4}));
  const auto b = made.Input("b", Bias({5}));
  EXPECT_THAT(IntegersOf(made.Run("cadence.quantized_linear.per_tensor",
                                  {{"src", x},
                                   {"weight", w},
                                   {"bias", b},
                                   {"src_zero_point", std::int64_t{0}},
                                   {"weight_zero_point", std::int64_t{0}},
                                   {"out_multiplier", -(std::int64_t{1} << 30)},
                                   {"out_shift", std::int64_t{0}},
                                   {"out_zero_point", std::int64_t{1}},
                                   {"offset", ir::None{}}})),
              ElementsAre(9));
}

std::vector<ir::Argument> MatmulArguments(OneNode& made, ir::ArgumentValue bias) {
  return {{"X", made.Input("x", Int8({1, 2}, {2, 3}))},
          {"X_zero_point", std::int64_t{1}},
          {"Y", made.Input("y_operand", Int8({1, 2}, {3, 4}))},
          {"Y_zero_point", std::int64_t{0}},
          {"bias", std::move(bias)},
          {"out_multiplier", -(std::int64_t{1} << 30)},
          {"out_shift", std::int64_t{1}},
          {"out_zero_point", std::int64_t{0}},
          {"transposed", true}};
}

TEST(FusedNode, MatmulReadsItsArguments) {
  OneNode made;
  EXPECT_THAT(
      IntegersOf(made.Run("cadence.quantized_matmul.default", MatmulArguments(made, ir::None{}))),
      ElementsAre(11));  // 1 * 3 + 2 * 4
  OneNode with_bias;
  const auto bias = with_bias.Input("b", Bias({0, 1}));
  EXPECT_THAT(Refusal([&] {
                with_bias.Run("cadence.quantized_matmul.default", MatmulArguments(with_bias, bias));
              }),
              HasSubstr("no bias but zeros"));
}

TEST(FusedNode, AddReluAndPoolReadTheirArguments) {
  OneNode add;
  const auto a = add.Input("a", Int8({1}, {10}));
  const auto b = add.Input("b", Int8({1}, {20}));
  EXPECT_THAT(IntegersOf(add.Run("cadence.quantized_add.per_tensor",
                                 {{"X", a},
                                  {"X_scale", 0.5},
                                  {"X_zero_point", std::int64_t{2}},
                                  {"Y", b},
                                  {"Y_scale", std::int64_t{1}},
                                  {"Y_zero_point", std::int64_t{4}},
                                  {"out_scale", 2.0},
                                  {"out_zero_point", std::int64_t{1}}})),
              ElementsAre(11));  // (4 + 16) / 2 + 1
  OneNode relu;
  EXPECT_THAT(IntegersOf(relu.Run("cadence.quantized_relu.per_tensor",
                                  {{"X", relu.Input("x", Int8({2}, {-4, 6}))},
                                   {"X_zero_point", std::int64_t{2}},
                                   {"out_zero_point", std::int64_t{5}},
                                   {"out_multiplier", -(std::int64_t{1} << 30)},
                                   {"out_shift", std::int64_t{2}}})),
              ElementsAre(5, 13));  // (6 - 2) * 2 + 5
  OneNode pool;
  EXPECT_THAT(IntegersOf(pool.Run("cadence.quantized_max_pool2d_nchw.default",
                                  {{"input", pool.Input("x", Int8({1, 1, 3}, {1, 3, 2}))},
                                   {"kernel_size", List{1, 2}},
                                   {"stride", List{1, 1}},
                                   {"padding", List{0, 0}},
                                   {"dilation", List{1, 1}},
                                   {"ceil_mode", false}})),
              ElementsAre(3, 3));
}

TEST(FusedNode, ArgumentsOfAnotherFormAreNamed) {
  for (const auto& [value, why] : std::vector<std::pair<ir::ArgumentValue, std::string>>{
           {std::string("two"), "argument 'groups' is no tensor"},
           {ir::None{}, "argument 'groups' is no tensor"},
           {2.0, "argument 'groups' is no tensor"}}) {
    OneNode made;
    std::vector<ir::Argument> arguments = ConvArguments(made, 2);
    arguments[6].value = value;
    EXPECT_EQ(Refusal([&] { made.Run("cadence.quantized_conv1d_ncl.per_tensor", arguments); }),
              why);
  }
  OneNode one_number;
  std::vector<ir::Argument> arguments = ConvArguments(one_number, 2);
  arguments[3].value = std::int64_t{1};
  EXPECT_EQ(Refusal([&] { one_number.Run("cadence.quantized_conv1d_ncl.per_tensor", arguments); }),
            "argument 'stride' is no list of integers");
  OneNode too_few;
  arguments = ConvArguments(too_few, 2);
  arguments.resize(3);
  EXPECT_EQ(Refusal([&] { too_few.Run("cadence.quantized_conv1d_ncl.per_tensor", arguments); }),
            "argument 'stride' is missing");
}

// Through the executor an error names the node and its operator; its result is a tensor that
// libtorch goes on with.
class FusedNodeOnTorch : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    const auto x = made_.Input("x", ir::MakeTensorType(ScalarType::kInt8, {2}));
    relu_ = made_.Node("the_relu", "cadence.quantized_relu.per_tensor",
                       {{"X", x},
                        {"X_zero_point", std::int64_t{0}},
                        {"out_zero_point", std::int64_t{0}},
                        {"out_multiplier", -(std::int64_t{1} << 30)},
                        {"out_shift", std::int64_t{1}}},
                       ir::MakeTensorType(ScalarType::kInt8, {2}));
    feeds_.emplace(x, Int8({2}, {-3, 4}));
  }

  std::unique_ptr<Executor> executor_;
  SmallProgram made_;
  ir::ValueId relu_;
  Tensors feeds_;
};

TEST_F(FusedNodeOnTorch, RunsBesideOperatorsOfLibtorch) {
  const auto y = made_.Node("y", "aten.neg.default", {{"self", relu_}},
                            ir::MakeTensorType(ScalarType::kInt8, {2}));
  EXPECT_THAT(IntegersOf(executor_->Run(made_.program(), feeds_, {y}).at(y)), ElementsAre(0, -4));
}

TEST_F(FusedNodeOnTorch, AnErrorNamesTheNode) {
  const auto y = made_.Node("the_pool", "cadence.quantized_max_pool2d_nchw.default",
                            {{"input", relu_},
                             {"kernel_size", List{2, 2}},
                             {"stride", List{}},
                             {"padding", List{0, 0}},
                             {"dilation", List{1, 1}}},
                            ir::MakeTensorType(ScalarType::kInt8, {}));
  try {
    executor_->Run(made_.program(), feeds_, {y});
    FAIL() << "it ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    EXPECT_STREQ(
        error.what(),
        "the_pool: cadence.quantized_max_pool2d_nchw.default: takes 3 or 4 dimensions, not 1");
  }
}

}  // namespace
}  // namespace foldproof::exec
