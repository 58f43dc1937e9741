// SPDX-License-Identifier: BSD-3-Clause
//
// Operators on small integers in float64: every sum is exact, whatever its order, so the reference
// and libtorch must give the same bits.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "harness/exec/eigen/eigen_executor.h"
#include "tests/harness/exec/operators_on_libtorch.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using Ints = std::vector<std::int64_t>;

class EigenOnLibtorch : public OperatorsOnLibtorch {
 protected:
  // A float64 operand of integers from -8 to 8.
  ir::Argument Operand(const std::string& name, const Ints& sizes) {
    Tensor tensor{ScalarType::kFloat64, sizes, {}};
    std::vector<double> elements;
    for (std::int64_t i = 0; i < tensor.count(); ++i) elements.push_back(Draw());
    return OperandOf(name, Tensor::Of(ScalarType::kFloat64, sizes, elements));
  }

  // Runs the operator on both and compares bits; the shape is what libtorch says.
  void ExpectSame(const std::string& target, std::vector<ir::Argument> arguments) {
    const auto y = made_.Node("y" + std::to_string(nodes_++), target, std::move(arguments),
                              ir::MakeTensorType(ScalarType::kFloat64, {}));
    const Tensor wanted = torch_->Run(made_.program(), feeds_, {y}).at(y);
    const Tensor got = EigenExecutor().Run(made_.program(), feeds_, {y}).at(y);
    ASSERT_EQ(got.sizes, wanted.sizes) << target;
    ASSERT_EQ(got.dtype, wanted.dtype) << target;
    EXPECT_GT(got.count(), 0) << target;
    EXPECT_TRUE(got.bytes == wanted.bytes) << target << FirstDifference(got, wanted);
  }

  static std::string FirstDifference(const Tensor& got, const Tensor& wanted) {
    if (got.dtype != ScalarType::kFloat64) return "";
    const auto a = got.Elements<double>(), b = wanted.Elements<double>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::bit_cast<std::uint64_t>(a[i]) == std::bit_cast<std::uint64_t>(b[i])) continue;
      return " at " + std::to_string(i) + ": " + std::to_string(a[i]) + ", not " +
             std::to_string(b[i]);
    }
    return "";
  }

  double Draw() { return std::uniform_int_distribution<int>(-8, 8)(random_); }

  std::mt19937 random_{20};
};

TEST_F(EigenOnLibtorch, ConvolutionsInOneToThreeDimensions) {
  ExpectSame("aten.conv1d.default", {Operand("input", {2, 4, 11}),
                                     Operand("weight", {6, 2, 3}),
                                     Operand("bias", {6}),
                                     {"stride", Ints{2}},
                                     {"padding", Ints{2}},
                                     {"dilation", Ints{2}},
                                     {"groups", std::int64_t{2}}});
  ExpectSame("aten.conv2d.default", {Operand("input", {2, 3, 9, 8}),
                                     Operand("weight", {5, 3, 3, 2}),
                                     Operand("bias", {5}),
                                     {"stride", Ints{2, 1}},
                                     {"padding", Ints{1, 0}},
                                     {"dilation", Ints{1, 3}}});
  ExpectSame("aten.conv3d.default", {Operand("input", {1, 2, 5, 6, 4}),
                                     Operand("weight", {3, 2, 2, 3, 2}),
                                     {"bias", ir::None{}},
                                     {"stride", Ints{1, 2, 1}},
                                     {"padding", Ints{1, 1, 0}}});
}

TEST_F(EigenOnLibtorch, DepthwiseAndUnbatchedConvolutions) {
  ExpectSame("aten.conv2d.default", {Operand("input", {1, 6, 7, 7}),
                                     Operand("weight", {12, 1, 3, 3}),
                                     {"bias", ir::None{}},
                                     {"stride", Ints{1, 1}},
                                     {"padding", Ints{1, 1}},
                                     {"dilation", Ints{1, 1}},
                                     {"groups", std::int64_t{6}}});
  ExpectSame("aten.conv2d.default",
             {Operand("input", {3, 6, 5}), Operand("weight", {4, 3, 1, 1}), Operand("bias", {4})});
  ExpectSame("aten.conv1d.default", {Operand("input", {3, 8}), Operand("weight", {2, 3, 4})});
}

// An even kernel makes "same" pad one more behind.
TEST_F(EigenOnLibtorch, ConvolutionsWithNamedPadding) {
  for (const std::string mode : {"same", "valid"}) {
    ExpectSame("aten.conv1d.padding", {Operand("input", {2, 3, 9}),
                                       Operand("weight", {2, 3, 4}),
                                       Operand("bias", {2}),
                                       {"stride", Ints{1}},
                                       {"padding", mode},
                                       {"dilation", Ints{1}}});
    ExpectSame("aten.conv2d.padding", {Operand("input", {1, 2, 9, 7}),
                                       Operand("weight", {2, 2, 3, 2}),
                                       {"bias", ir::None{}},
                                       {"stride", Ints{1, 1}},
                                       {"padding", mode},
                                       {"dilation", Ints{2, 3}}});
  }
}

TEST_F(EigenOnLibtorch, TransposedConvolutions) {
  ExpectSame("aten.conv_transpose1d.default", {Operand("input", {2, 4, 5}),
                                               Operand("weight", {4, 3, 3}),
                                               Operand("bias", {6}),
                                               {"stride", Ints{3}},
                                               {"padding", Ints{1}},
                                               {"output_padding", Ints{2}},
                                               {"groups", std::int64_t{2}},
                                               {"dilation", Ints{2}}});
  ExpectSame("aten.conv_transpose2d.input", {Operand("input", {1, 3, 4, 5}),
                                             Operand("weight", {3, 2, 2, 3}),
                                             {"bias", ir::None{}},
                                             {"stride", Ints{2, 1}},
                                             {"padding", Ints{0, 2}}});
  ExpectSame("aten.conv_transpose2d.input",
             {Operand("input", {3, 4, 4}), Operand("weight", {3, 2, 3, 3}), Operand("bias", {2})});
  ExpectSame("aten.conv_transpose3d.input", {Operand("input", {1, 2, 3, 2, 3}),
                                             Operand("weight", {2, 2, 2, 2, 2}),
                                             Operand("bias", {2}),
                                             {"stride", Ints{2, 2, 2}},
                                             {"padding", Ints{1, 0, 1}}});
  ExpectSame("aten.convolution.default", {Operand("input", {1, 3, 6}),
                                          Operand("weight", {3, 2, 3}),
                                          {"bias", ir::None{}},
                                          {"stride", Ints{2}},
                                          {"padding", Ints{1}},
                                          {"dilation", Ints{1}},
                                          {"transposed", true},
                                          {"output_padding", Ints{1}},
                                          {"groups", std::int64_t{1}}});
}

// More positions than are unfolded at a time (2^21 / 128 taps).
TEST_F(EigenOnLibtorch, ConvolutionsInSeveralBlocks) {
  ExpectSame("aten.conv1d.default", {Operand("input", {1, 64, 40000}),
                                     Operand("weight", {2, 64, 2}),
                                     Operand("bias", {2}),
                                     {"stride", Ints{1}},
                                     {"padding", Ints{1}}});
  ExpectSame("aten.conv_transpose1d.default",
             {Operand("input", {1, 2, 40000}), Operand("weight", {2, 64, 2})});
}

TEST_F(EigenOnLibtorch, MatrixProducts) {
  ExpectSame("aten.linear.default",
             {Operand("input", {2, 3, 5}), Operand("weight", {4, 5}), Operand("bias", {4})});
  ExpectSame("aten.linear.default", {Operand("input", {5}), Operand("weight", {4, 5})});
  ExpectSame("aten.mm.default", {Operand("self", {3, 4}), Operand("mat2", {4, 2})});
  ExpectSame("aten.bmm.default", {Operand("self", {2, 3, 4}), Operand("mat2", {2, 4, 2})});
  ExpectSame("aten.addmm.default", {Operand("self", {2}),
                                    Operand("mat1", {3, 4}),
                                    Operand("mat2", {4, 2}),
                                    {"beta", std::int64_t{2}, true},
                                    {"alpha", std::int64_t{3}, true}});
  const std::vector<std::pair<Ints, Ints>> shapes{
      {{4}, {4}}, {{3, 4}, {4}}, {{4}, {4, 5}}, {{2, 1, 3, 4}, {5, 4, 2}}, {{4}, {2, 4, 3}}};
  for (const auto& [left, right] : shapes) {
    ExpectSame("aten.matmul.default", {Operand("self", left), Operand("other", right)});
  }
}

TEST_F(EigenOnLibtorch, MaxPools) {
  ExpectSame("aten.max_pool2d.default", {Operand("self", {2, 3, 9, 8}),
                                         {"kernel_size", Ints{3, 2}},
                                         {"stride", Ints{2, 2}},
                                         {"padding", Ints{1, 1}},
                                         {"dilation", Ints{1, 2}},
                                         {"ceil_mode", true}});
  ExpectSame("aten.max_pool2d.default", {Operand("self", {3, 7, 7}), {"kernel_size", Ints{2}}});
  ExpectSame("aten.max_pool1d.default",
             {Operand("self", {2, 3, 10}), {"kernel_size", Ints{3}}, {"stride", Ints{2}}});
}

TEST_F(EigenOnLibtorch, AveragePools) {
  for (const bool counts_padding : {true, false}) {
    ExpectSame("aten.avg_pool2d.default", {Operand("self", {2, 3, 9, 8}),
                                           {"kernel_size", Ints{3, 2}},
                                           {"stride", Ints{2, 2}},
                                           {"padding", Ints{1, 1}},
                                           {"ceil_mode", true},
                                           {"count_include_pad", counts_padding}});
    ExpectSame("aten.avg_pool1d.default", {Operand("self", {3, 10}),
                                           {"kernel_size", Ints{3}},
                                           {"stride", Ints{3}},
                                           {"padding", Ints{1}},
                                           {"ceil_mode", true},
                                           {"count_include_pad", counts_padding}});
  }
  ExpectSame("aten.avg_pool2d.default", {Operand("self", {1, 2, 6, 6}),
                                         {"kernel_size", Ints{2}},
                                         {"stride", Ints{}},
                                         {"padding", Ints{0}},
                                         {"ceil_mode", false},
                                         {"count_include_pad", true},
                                         {"divisor_override", std::int64_t{3}}});
  // The last window ends behind the padding: what lies there never counts.
  ExpectSame("aten.avg_pool1d.default", {Operand("self", {2, 9}),
                                         {"kernel_size", Ints{3}},
                                         {"stride", Ints{3}},
                                         {"padding", Ints{1}},
                                         {"ceil_mode", true},
                                         {"count_include_pad", true}});
}

// Windows of 1, 2 and 4 elements: PyTorch divides by height and width one after the other.
TEST_F(EigenOnLibtorch, AdaptiveAveragePools) {
  ExpectSame("aten.adaptive_avg_pool2d.default",
             {Operand("self", {2, 3, 8, 6}), {"output_size", Ints{4, 4}}});
  ExpectSame("aten.adaptive_avg_pool2d.default",
             {Operand("self", {3, 4, 4}), {"output_size", Ints{1, 1}}});
  ExpectSame("aten.adaptive_avg_pool1d.default",
             {Operand("self", {2, 3, 5}), {"output_size", Ints{4}}});
}

TEST_F(EigenOnLibtorch, Sums) {
  for (const bool keeps : {true, false}) {
    ExpectSame("aten.sum.dim_IntList",
               {Operand("self", {2, 3, 4, 5}), {"dim", Ints{-1, 1}}, {"keepdim", keeps}});
    ExpectSame("aten.mean.dim",
               {Operand("self", {2, 3, 4, 5}), {"dim", Ints{3, 0}}, {"keepdim", keeps}});
  }
  ExpectSame("aten.sum.default", {Operand("self", {2, 3, 4})});
  ExpectSame("aten.mean.default", {Operand("self", {2, 3, 4})});
}

TEST_F(EigenOnLibtorch, BinaryOperatorsBroadcast) {
  for (const std::string target : {"aten.add.Tensor", "aten.sub.Tensor"}) {
    ExpectSame(
        target,
        {Operand("self", {2, 3, 1}), Operand("other", {4}), {"alpha", std::int64_t{-3}, true}});
  }
  for (const std::string target :
       {"aten.mul.Tensor", "aten.div.Tensor", "aten.minimum.default", "aten.maximum.default"}) {
    ExpectSame(target, {Operand("self", {3, 1, 2}), Operand("other", {2, 1, 5, 1})});
  }
  ExpectSame("aten.add.Tensor", {Operand("self", {5}), {"other", 0.1}});
}

TEST_F(EigenOnLibtorch, DivisionsRoundAsAsked) {
  for (const std::string mode : {"floor", "trunc"}) {
    ExpectSame("aten.div.Tensor_mode",
               {Operand("self", {16, 16}), Operand("other", {16}), {"rounding_mode", mode, true}});
    ExpectSame("aten.div.Tensor_mode",
               {Operand("self", {64}), {"other", 0.1}, {"rounding_mode", mode, true}});
  }
}

TEST_F(EigenOnLibtorch, Paddings) {
  for (const std::string mode : {"constant", "reflect", "replicate", "circular"}) {
    ExpectSame("aten.pad.default",
               {Operand("self", {1, 2, 4, 5}), {"pad", Ints{3, 2, 1, 3}}, {"mode", mode}});
  }
  ExpectSame("aten.constant_pad_nd.default",
             {Operand("self", {2, 4, 5}), {"pad", Ints{-1, 2, 1, -2}}, {"value", 7.5}});
  ExpectSame("aten.reflection_pad1d.default", {Operand("self", {2, 6}), {"padding", Ints{5, 2}}});
}

TEST_F(EigenOnLibtorch, Layouts) {
  ExpectSame("aten.permute.default", {Operand("self", {2, 3, 4}), {"dims", Ints{2, 0, -2}}});
  ExpectSame("aten.transpose.int",
             {Operand("self", {2, 3, 4}), {"dim0", std::int64_t{0}}, {"dim1", std::int64_t{-1}}});
  ExpectSame("aten.slice.Tensor", {Operand("self", {2, 9}),
                                   {"dim", std::int64_t{1}},
                                   {"start", std::int64_t{-7}},
                                   {"end", std::int64_t{100}},
                                   {"step", std::int64_t{3}}});
  ExpectSame("aten.select.int",
             {Operand("self", {2, 3, 4}), {"dim", std::int64_t{1}}, {"index", std::int64_t{-1}}});
  ExpectSame("aten.expand.default", {Operand("self", {3, 1}), {"size", Ints{2, -1, 4}}});
  const auto a = Operand("a", {2, 3, 4}), b = Operand("b", {2, 1, 4});
  ExpectSame("aten.cat.default",
             {{"tensors", std::vector<ir::ValueId>{std::get<ir::ValueId>(a.value),
                                                   std::get<ir::ValueId>(b.value)}},
              {"dim", std::int64_t{-2}}});
}

// Variances that are squares, and no eps: the deviation is exact.
TEST_F(EigenOnLibtorch, BatchNorms) {
  const auto var =
      OperandOf("running_var", Tensor::Of<double>(ScalarType::kFloat64, {3}, {1, 4, 64}));
  ExpectSame("aten.batch_norm.default", {Operand("input", {2, 3, 4, 5}),
                                         Operand("weight", {3}),
                                         Operand("bias", {3}),
                                         Operand("running_mean", {3}),
                                         var,
                                         {"training", false},
                                         {"momentum", 0.1},
                                         {"eps", 0.0},
                                         {"cudnn_enabled", true}});
  // The batch has mean 0 and variance 4.
  const auto x =
      OperandOf("input", Tensor::Of<double>(ScalarType::kFloat64, {4, 1}, {2, -2, -2, 2}));
  ExpectSame("aten.batch_norm.default", {x,
                                         Operand("weight", {1}),
                                         Operand("bias", {1}),
                                         {"running_mean", ir::None{}},
                                         {"running_var", ir::None{}},
                                         {"training", true},
                                         {"momentum", 0.1},
                                         {"eps", 0.0},
                                         {"cudnn_enabled", true}});
}

TEST_F(EigenOnLibtorch, IntegersPromoteAndWrap) {
  const auto bytes = [&](const std::string& name) {
    return OperandOf(name, Tensor::Of<std::int8_t>(ScalarType::kInt8, {5}, {-128, -7, 0, 7, 127}));
  };
  const auto unsigned_bytes =
      OperandOf("other", Tensor::Of<std::uint8_t>(ScalarType::kUInt8, {5}, {255, 2, 3, 2, 200}));
  const auto ints = OperandOf("other", Tensor::Of<std::int32_t>(ScalarType::kInt32, {}, {1000}));
  for (const std::string target : {"aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor"}) {
    ExpectSame(target, {bytes("self"), bytes("other")});
    ExpectSame(target, {bytes("self"), unsigned_bytes});
    ExpectSame(target, {bytes("self"), ints});  // a tensor without dimensions does not widen
    ExpectSame(target, {bytes("self"), {"other", std::int64_t{3}}});
  }
  for (const std::string mode : {"floor", "trunc"}) {
    ExpectSame("aten.div.Tensor_mode",
               {bytes("self"), {"other", std::int64_t{-2}}, {"rounding_mode", mode, true}});
  }
  for (const std::string target : {"aten.neg.default", "aten.abs.default", "aten.relu.default"}) {
    ExpectSame(target, {bytes("self")});
  }
  ExpectSame("aten.sum.default", {bytes("self")});
}

}  // namespace
}  // namespace foldproof::exec
