// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/eigen_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exec/open/open_executor.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using Ints = std::vector<std::int64_t>;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class OnEigen : public ::testing::Test {
 protected:
  ir::ValueId Node(const std::string& name, const std::string& target,
                   std::vector<ir::Argument> arguments, std::vector<std::int64_t> sizes) {
    return made_.Node(name, target, std::move(arguments), FloatType(std::move(sizes)));
  }

  std::vector<double> Reals(const Tensors& feeds, ir::ValueId fetch) {
    return executor_.Run(made_.program(), feeds, {fetch}).at(fetch).Elements<double>();
  }

  std::string FailureToPrepare(const std::set<ir::ValueId>& fed, ir::ValueId fetch) {
    try {
      executor_.Prepare(made_.program(), fed, {fetch});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInput);
      return error.what();
    }
    ADD_FAILURE() << "it was prepared";
    return "";
  }

  std::string Failure(const Tensors& feeds, ir::ValueId fetch) {
    try {
      executor_.Run(made_.program(), feeds, {fetch});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Error::Code::kInput);
      return error.what();
    }
    ADD_FAILURE() << "it ran";
    return "";
  }

  EigenExecutor executor_;
  SmallProgram made_;
};

TEST_F(OnEigen, IsOpenedByName) {
  EXPECT_THAT(ExecutorNames(), Contains("eigen"));
  EXPECT_THAT(OpenExecutor("eigen")->Describe(), MatchesRegex("eigen [0-9.]+, float64, 1 thread"));
}

// 1 + 2^-30 is no float32, and 0.1 stays the float64 of the graph.
TEST_F(OnEigen, RoundsNothingToFloat32) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto small = Node("small", "aten.add.Tensor", {{"self", x}, {"other", 0x1p-30}}, {1});
  const auto y = Node("y", "aten.mul.Tensor", {{"self", small}, {"other", 0.1}}, {1});
  EXPECT_THAT(Reals({{x, FloatTensor({1}, {1})}}, y), ElementsAre((1 + 0x1p-30) * 0.1));
}

TEST_F(OnEigen, RunsAgainWithOtherFeeds) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto w = made_.Buffer("w", FloatTensor({2}, {3, 5}));
  const auto doubled = Node("doubled", "aten.add.Tensor", {{"self", w}, {"other", w}}, {2});
  const auto y = Node("y", "aten.mul.Tensor", {{"self", x}, {"other", doubled}}, {2});
  const auto prepared = executor_.Prepare(made_.program(), {x}, {y});
  for (const float factor : {1.0f, 2.0f}) {
    const Tensors out = prepared->Run({{x, FloatTensor({2}, {factor, -factor})}});
    EXPECT_THAT(out.at(y).Elements<double>(), ElementsAre(6 * factor, -10 * factor));
  }
}

TEST_F(OnEigen, AnInPlaceNodeIsReadLater) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto a = Node("a", "aten.mul.Tensor", {{"self", x}, {"other", 2.0}}, {2});
  Node("b", "aten.add_.Tensor", {{"self", a}, {"other", 1.0}}, {2});
  const auto y = Node("y", "aten.neg.default", {{"self", a}}, {2});
  EXPECT_THAT(Reals({{x, FloatTensor({2}, {1, 2})}}, y), ElementsAre(-3, -5));
}

TEST_F(OnEigen, AViewShowsWhatIsWrittenIntoItsOperand) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto a = Node("a", "aten.mul.Tensor", {{"self", x}, {"other", 2.0}}, {2});
  const auto view = Node("view", "aten.view.default", {{"self", a}, {"size", Ints{1, 2}}}, {1, 2});
  Node("b", "aten.add_.Tensor", {{"self", a}, {"other", 1.0}}, {2});
  const auto y = Node("y", "aten.neg.default", {{"self", view}}, {1, 2});
  EXPECT_THAT(Reals({{x, FloatTensor({2}, {3, 5})}}, y), ElementsAre(-7, -11));
}

TEST_F(OnEigen, DoesNotKnowHowToPutASliceBack) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto a = Node("a", "aten.mul.Tensor", {{"self", x}, {"other", 2.0}}, {2});
  const auto part = Node("part", "aten.slice.Tensor", {{"self", a}, {"dim", std::int64_t{0}}}, {2});
  Node("b", "aten.add_.Tensor", {{"self", part}, {"other", 1.0}}, {2});
  const auto y = Node("y", "aten.neg.default", {{"self", a}}, {2});
  EXPECT_EQ(FailureToPrepare({x}, y),
            "a_now_1: aten.slice_scatter.default: the executor eigen does not know this operator");
}

// PyTorch clamps integers to float bounds as float32.
TEST_F(OnEigen, FloatBoundsMakeFloatsOfIntegers) {
  const auto x = made_.Input("x", ir::MakeTensorType(ScalarType::kInt32, {3}));
  const auto y = Node("y", "aten.clamp.default", {{"self", x}, {"min", 0.0}, {"max", 6.0}}, {3});
  EXPECT_THAT(Reals({{x, Tensor::Of<std::int32_t>(ScalarType::kInt32, {3}, {-1, 3, 9})}}, y),
              ElementsAre(0, 3, 6));
}

TEST_F(OnEigen, NamesAnOperatorThatItDoesNotKnowBeforeAnyRun) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto y = Node("y", "aten.foo.default", {{"self", x}}, {2});
  EXPECT_EQ(FailureToPrepare({x}, y),
            "y: aten.foo.default: the executor eigen does not know this operator");
}

TEST_F(OnEigen, NamesTheNodeWhoseShapesDoNotFit) {
  const auto x = made_.Input("x", FloatType({1, 2, 4}));
  const auto w = made_.Buffer("w", FloatTensor({1, 3, 1}, {1, 1, 1}));
  const auto y = Node("y", "aten.conv1d.default", {{"input", x}, {"weight", w}}, {1, 1, 4});
  EXPECT_EQ(Failure({{x, FloatTensor({1, 2, 4}, std::vector<float>(8, 1))}}, y),
            "y: aten.conv1d.default: takes 3 input channels in 1 groups, not 2");
}

// A shape of a few bytes asks for 2^60 elements.
TEST_F(OnEigen, RefusesHugeTensors) {
  const std::int64_t huge = std::int64_t{1} << 30;
  const auto zeros = made_.Node("zeros", "aten.zeros.default", {{"size", Ints{huge, huge}}},
                                FloatType({huge, huge}));
  EXPECT_THAT(FailureToPrepare({}, zeros), HasSubstr("is not run here"));
  const auto x = made_.Input("x", FloatType({1}));
  const auto padded =
      Node("padded", "aten.constant_pad_nd.default", {{"self", x}, {"pad", Ints{huge, huge}}}, {1});
  EXPECT_THAT(Failure({{x, FloatTensor({1}, {1})}}, padded), HasSubstr("pads a dimension of 1"));
}

TEST_F(OnEigen, RefusesAnIntegerBias) {
  const auto x = made_.Input("x", FloatType({1, 1, 2}));
  const auto w = made_.Buffer("w", FloatTensor({1, 1, 1}, {1}));
  const auto b = made_.Buffer("b", Tensor::Of<std::int32_t>(ScalarType::kInt32, {1}, {7}));
  const auto y =
      Node("y", "aten.conv1d.default", {{"input", x}, {"weight", w}, {"bias", b}}, {1, 1, 2});
  EXPECT_THAT(Failure({{x, FloatTensor({1, 1, 2}, {1, 2})}}, y), HasSubstr("is given integers"));
}

TEST_F(OnEigen, RefusesTrainingThatRenewsWhatIsReadLater) {
  const auto x = made_.Input("x", FloatType({2, 1}));
  const auto mean = made_.Buffer("mean", FloatTensor({1}, {0}));
  const auto var = made_.Buffer("var", FloatTensor({1}, {1}));
  const auto norm = Node("norm", "aten.batch_norm.default",
                         {{"input", x},
                          {"weight", ir::None{}},
                          {"bias", ir::None{}},
                          {"running_mean", mean},
                          {"running_var", var},
                          {"training", true},
                          {"momentum", 0.1},
                          {"eps", 0.0},
                          {"cudnn_enabled", false}},
                         {2, 1});
  EXPECT_THAT(Reals({{x, FloatTensor({2, 1}, {1, 5})}}, norm), ElementsAre(-1, 1));
  const auto y = Node("y", "aten.mul.Tensor", {{"self", norm}, {"other", mean}}, {2, 1});
  EXPECT_THAT(FailureToPrepare({x}, y), HasSubstr("is what aten.batch_norm.default writes"));
}

// x[N, 2] reshaped to [1, N * 2], with N and the product computed by nodes.
TEST_F(OnEigen, SizesAreNumbersOfNodes) {
  ir::TensorType dynamic = FloatType({2, 2});
  dynamic.dims[0].symbol = "s0";
  ir::TensorType flat = FloatType({1, 4});
  flat.dims[1].symbol = "2*s0";
  const auto x = made_.Input("x", dynamic);
  const auto n =
      made_.Node("n", "aten.sym_size.int", {{"self", x}, {"dim", std::int64_t{0}}}, std::nullopt);
  const auto all =
      made_.Node("all", "_operator.mul", {{"a", n}, {"b", std::int64_t{2}}}, std::nullopt);
  const auto y =
      made_.Node("y", "aten.reshape.default",
                 {{"self", x}, {"shape", std::vector<ir::IntOrValue>{std::int64_t{1}, all}}}, flat);
  const Tensors out =
      executor_.Run(made_.program(), {{x, FloatTensor({3, 2}, {1, 2, 3, 4, 5, 6})}}, {y, all});
  EXPECT_EQ(out.at(y).sizes, (Ints{1, 6}));
  EXPECT_EQ(out.at(all), Tensor::Of<std::int64_t>(ScalarType::kInt64, {}, {6}));
}

// Half floats are quantized as the float32 that they are: 1.5 / 0.5 and -1.5 / 0.25.
TEST_F(OnEigen, QuantizesHalfFloatsPerChannel) {
  const auto x = made_.Input("x", ir::MakeTensorType(ScalarType::kFloat16, {2, 1}));
  const auto scales = made_.Buffer("scales", FloatTensor({2}, {0.5, 0.25}));
  const auto y = made_.Node("y", "quantized_decomposed.quantize_per_channel.default",
                            {{"input", x},
                             {"scales", scales},
                             {"zero_points", ir::None{}},
                             {"axis", std::int64_t{0}},
                             {"quant_min", std::int64_t{-128}},
                             {"quant_max", std::int64_t{127}},
                             {"dtype", ScalarType::kInt8}},
                            ir::MakeTensorType(ScalarType::kInt8, {2, 1}));
  const Tensor halves = Tensor::Of<std::uint16_t>(ScalarType::kFloat16, {2, 1}, {0x3e00, 0xbe00});
  EXPECT_EQ(executor_.Run(made_.program(), {{x, halves}}, {y}).at(y),
            Tensor::Of<std::int8_t>(ScalarType::kInt8, {2, 1}, {3, -6}));
}

TEST_F(OnEigen, FillsWithTheDeclaredType) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto y = made_.Node("y", "aten.full_like.default", {{"self", x}, {"fill_value", 3.0}},
                            ir::MakeTensorType(ScalarType::kInt32, {2}));
  const Tensors out = executor_.Run(made_.program(), {{x, FloatTensor({2}, {1, 2})}}, {y});
  EXPECT_EQ(out.at(y), Tensor::Of<std::int32_t>(ScalarType::kInt32, {2}, {3, 3}));
}

}  // namespace
}  // namespace foldproof::exec
