// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/torch_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OnTorch : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  std::vector<float> Floats(const Tensors& feeds, ir::ValueId fetch) {
    return executor_->Run(made_.program(), feeds, {fetch}).at(fetch).Elements<float>();
  }

  Error Failure(const Tensors& feeds, ir::ValueId fetch) {
    try {
      executor_->Run(made_.program(), feeds, {fetch});
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it ran";
    return Error(Error::Code::kInternal, "", "");
  }

  ir::ValueId Node(const std::string& name, const std::string& target,
                   std::vector<ir::Argument> arguments, std::vector<std::int64_t> sizes) {
    return made_.Node(name, target, std::move(arguments), FloatType(std::move(sizes)));
  }

  std::unique_ptr<Executor> executor_;
  SmallProgram made_;
};

TEST_F(OnTorch, DescribesItself) {
  EXPECT_THAT(executor_->Describe(), ::testing::MatchesRegex("torch [0-9.]+, .+, 1 thread"));
}

TEST_F(OnTorch, TakesDefaultsFromTheSchema) {
  const auto x = made_.Input("x", FloatType({1, 1, 3}));
  const auto w = made_.Buffer("w", FloatTensor({1, 1, 2}, {1, 10}));
  const auto y = Node("y", "aten.conv1d.default", {{"input", x}, {"weight", w}}, {1, 1, 2});
  EXPECT_THAT(Floats({{x, FloatTensor({1, 1, 3}, {1, 2, 3})}}, y), ElementsAre(21, 32));
}

TEST_F(OnTorch, TakesANumberForATensor) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto y = Node("y", "aten.add.Tensor",
                      {{"self", x}, {"other", 0.5}, {"alpha", std::int64_t{2}, true}}, {2});
  EXPECT_THAT(Floats({{x, FloatTensor({2}, {1, 2})}}, y), ElementsAre(2, 3));
}

TEST_F(OnTorch, TranslatesElementTypesLayoutsAndDevices) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto y = made_.Node("y", "aten.zeros_like.default",
                            {{"self", x},
                             {"dtype", ScalarType::kInt32, true},
                             {"layout", ir::Layout{7}, true},
                             {"device", ir::Device{"cpu", std::nullopt}, true},
                             {"pin_memory", false, true},
                             {"memory_format", ir::MemoryFormat{4}, true}},
                            ir::MakeTensorType(ScalarType::kInt32, {2}));
  const Tensors out = executor_->Run(made_.program(), {{x, FloatTensor({2}, {1, 2})}}, {y});
  EXPECT_EQ(out.at(y), Tensor::Of<std::int32_t>(ScalarType::kInt32, {2}, {0, 0}));
}

TEST_F(OnTorch, ReadsViewsRowMajor) {
  const auto x = made_.Input("x", FloatType({2, 3}));
  const auto y = Node("y", "aten.permute.default",
                      {{"self", x}, {"dims", std::vector<std::int64_t>{1, 0}}}, {3, 2});
  EXPECT_THAT(Floats({{x, FloatTensor({2, 3}, {1, 2, 3, 4, 5, 6})}}, y),
              ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST_F(OnTorch, ListsOfTensorsGoInAndOut) {
  const auto x = made_.Input("x", FloatType({3}));
  const ir::NodeId split = made_.Graph().Append(
      "split", "aten.split.Tensor", {{"self", x}, {"split_size", std::int64_t{2}}},
      {{"first", FloatType({2})}, {"second", FloatType({1})}});
  const auto parts = made_.Graph().node(split).outputs;
  const auto y = Node("y", "aten.cat.default",
                      {{"tensors", std::vector<ir::ValueId>{parts[1], parts[0]}}}, {3});
  EXPECT_THAT(Floats({{x, FloatTensor({3}, {1, 2, 3})}}, y), ElementsAre(3, 1, 2));
}

TEST_F(OnTorch, OptionalTensorsMayBeAbsent) {
  const auto x = made_.Input("x", FloatType({2, 2}));
  const auto i = made_.Buffer("i", Tensor::Of<std::int64_t>(ScalarType::kInt64, {1}, {1}));
  using MaybeIds = std::vector<std::optional<ir::ValueId>>;
  const auto y =
      Node("y", "aten.index.Tensor", {{"self", x}, {"indices", MaybeIds{std::nullopt, i}}}, {2, 1});
  EXPECT_THAT(Floats({{x, FloatTensor({2, 2}, {1, 2, 3, 4})}}, y), ElementsAre(2, 4));
}

// x[N, 2] reshaped to [1, N * 2], with N and the product computed by nodes.
TEST_F(OnTorch, SizesAreNumbersOfNodes) {
  ir::TensorType dynamic = FloatType({2, 2});
  dynamic.dims[0].symbol = "s0";
  const auto x = made_.Input("x", dynamic);
  const auto n =
      made_.Node("n", "aten.sym_size.int", {{"self", x}, {"dim", std::int64_t{0}}}, std::nullopt);
  const auto all =
      made_.Node("all", "_operator.mul", {{"a", n}, {"b", std::int64_t{2}}}, std::nullopt);
  const auto y =
      Node("y", "aten.reshape.default",
           {{"self", x}, {"shape", std::vector<ir::IntOrValue>{std::int64_t{1}, all}}}, {1, 6});
  const Tensor six = FloatTensor({3, 2}, {1, 2, 3, 4, 5, 6});
  const Tensors out = executor_->Run(made_.program(), {{x, six}}, {y, n, all});
  EXPECT_THAT(out.at(y).sizes, ElementsAre(1, 6));
  EXPECT_EQ(out.at(n), Tensor::Of<std::int64_t>(ScalarType::kInt64, {}, {3}));
  // Fed, a size cuts the program like any value.
  const Tensor given = Tensor::Of<std::int64_t>(ScalarType::kInt64, {}, {6});
  EXPECT_THAT(Floats({{x, six}, {all, given}}, y), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(OnTorch, AnInPlaceNodeChangesWhatIsReadLaterAndNeverTheProgram) {
  const auto b = made_.Buffer("b", Tensor::Of<std::int64_t>(ScalarType::kInt64, {}, {41}));
  const auto type = ir::MakeTensorType(ScalarType::kInt64, {});
  const auto before = made_.Node("before", "aten.clone.default", {{"self", b}}, type);
  const auto changed =
      made_.Node("changed", "aten.add_.Tensor", {{"self", b}, {"other", std::int64_t{1}}}, type);
  const auto after = made_.Node("after", "aten.clone.default", {{"self", b}}, type);
  for (int run = 0; run < 2; ++run) {
    const Tensors out = executor_->Run(made_.program(), {}, {before, changed, after});
    EXPECT_THAT(out.at(before).Elements<std::int64_t>(), ElementsAre(41));
    EXPECT_THAT(out.at(changed).Elements<std::int64_t>(), ElementsAre(42));
    EXPECT_THAT(out.at(after).Elements<std::int64_t>(), ElementsAre(42));
  }
}

// A value that is changed later is fetched as it was made, unless the program returns it.
TEST_F(OnTorch, AFetchedValueIsReadWhenItIsMade) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto a = Node("a", "aten.neg.default", {{"self", x}}, {1});
  const auto view = Node("view", "aten.reshape.default",
                         {{"self", a}, {"shape", std::vector<std::int64_t>{1, 1}}}, {1, 1});
  Node("changed", "aten.relu_.default", {{"self", view}}, {1, 1});
  const auto after = Node("after", "aten.clone.default", {{"self", a}}, {1});
  const Tensors feeds{{x, FloatTensor({1}, {5})}};
  const Tensors out = executor_->Run(made_.program(), feeds, {a, after});
  EXPECT_THAT(out.at(a).Elements<float>(), ElementsAre(-5));
  EXPECT_THAT(out.at(after).Elements<float>(), ElementsAre(0));
  made_.Returning({a});
  EXPECT_THAT(Floats(feeds, a), ElementsAre(0));
}

TEST_F(OnTorch, CodesPassThroughTypesThatAnOldLibtorchLacks) {
  const auto x = made_.Input("x", FloatType({3}));
  const std::vector<ir::Argument> range{{"scale", 0.5},
                                        {"zero_point", std::int64_t{7}},
                                        {"quant_min", std::int64_t{0}},
                                        {"quant_max", std::int64_t{65535}},
                                        {"dtype", ScalarType::kUInt16}};
  std::vector<ir::Argument> quantize{{"input", x}};
  quantize.insert(quantize.end(), range.begin(), range.end());
  const auto q = made_.Node("q", "quantized_decomposed.quantize_per_tensor.default", quantize,
                            ir::MakeTensorType(ScalarType::kUInt16, {3}));
  std::vector<ir::Argument> dequantize{{"input", q}};
  dequantize.insert(dequantize.end(), range.begin(), range.end());
  const auto y = Node("y", "quantized_decomposed.dequantize_per_tensor.default", dequantize, {3});
  EXPECT_THAT(Floats({{x, FloatTensor({3}, {-10, 1, 1e9f})}}, y), ElementsAre(-3.5f, 1, 32764));
}

// The overload tensor takes scale and zero point as tensors of one element.
TEST_F(OnTorch, ScalesMayBeTensors) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto s = made_.Buffer("s", Tensor::Of<double>(ScalarType::kFloat64, {}, {0.5}));
  const auto z = made_.Buffer("z", Tensor::Of<std::int64_t>(ScalarType::kInt64, {1}, {7}));
  const auto q = made_.Node("q", "quantized_decomposed.quantize_per_tensor.tensor",
                            {{"input", x},
                             {"scale", s},
                             {"zero_point", z},
                             {"quant_min", std::int64_t{-128}},
                             {"quant_max", std::int64_t{127}},
                             {"dtype", ScalarType::kInt8}},
                            ir::MakeTensorType(ScalarType::kInt8, {1}));
  const Tensors out = executor_->Run(made_.program(), {{x, FloatTensor({1}, {3})}}, {q});
  EXPECT_EQ(out.at(q), Tensor::Of<std::int8_t>(ScalarType::kInt8, {1}, {13}));
}

// Debian's 1.13 has native_batch_norm alone. y = (x - mean) / sqrt(var + eps) with eps = 1: 2 / 2.
TEST_F(OnTorch, TheNewBatchNormRunsOnOldLibtorch) {
  const auto x = made_.Input("x", FloatType({1, 1, 1}));
  const auto mean = made_.Buffer("mean", FloatTensor({1}, {1}));
  const auto var = made_.Buffer("var", FloatTensor({1}, {3}));
  const ir::NodeId node = made_.Graph().Append(
      "bn", "aten._native_batch_norm_legit_no_training.default",
      {{"input", x},
       {"weight", ir::None{}},
       {"bias", ir::None{}},
       {"running_mean", mean},
       {"running_var", var},
       {"momentum", 0.1},
       {"eps", 1.0}},
      {{"y", FloatType({1, 1, 1})}, {"save_mean", FloatType({0})}, {"save_rstd", FloatType({0})}});
  const auto y = made_.Graph().node(node).outputs.front();
  EXPECT_THAT(Floats({{x, FloatTensor({1, 1, 1}, {3})}}, y), ElementsAre(1));
}

TEST_F(OnTorch, AnArgumentThatSaysNothingIsDroppedWhereItIsUnknown) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto y = Node("y", "aten.relu.default", {{"self", x}, {"novel", ir::None{}, true}}, {1});
  EXPECT_THAT(Floats({{x, FloatTensor({1}, {-1})}}, y), ElementsAre(0));
  const auto z =
      Node("z", "aten.relu.default", {{"self", x}, {"novel", std::int64_t{3}, true}}, {1});
  EXPECT_THAT(Failure({{x, FloatTensor({1}, {-1})}}, z).why(), HasSubstr("'novel' is not known"));
}

TEST_F(OnTorch, AFeedOfAnotherTypeOrShapeIsRefused) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto y = Node("y", "aten.relu.default", {{"self", x}}, {2});
  const Error shape = Failure({{x, FloatTensor({3}, {1, 2, 3})}}, y);
  EXPECT_EQ(shape.place(), "x");
  EXPECT_THAT(shape.why(), HasSubstr("takes float32[2], but float32[3] was given"));
  const Error type = Failure({{x, Tensor::Of<double>(ScalarType::kFloat64, {2}, {1, 2})}}, y);
  EXPECT_THAT(type.why(), HasSubstr("float64[2] was given"));
}

TEST_F(OnTorch, AMissingInputIsNamed) {
  const auto x = made_.Input("image", FloatType({2}));
  const auto y = Node("y", "aten.relu.default", {{"self", x}}, {2});
  const Error error = Failure({}, y);
  EXPECT_EQ(error.code(), Error::Code::kInput);
  EXPECT_EQ(error.place(), "image");
}

TEST_F(OnTorch, AFailureNamesItsNodeAndOperator) {
  const auto x = made_.Input("x", FloatType({2}));
  const auto y = Node("y", "aten.reshape.default",
                      {{"self", x}, {"shape", std::vector<std::int64_t>{3}}}, {3});
  const Error error = Failure({{x, FloatTensor({2}, {1, 2})}}, y);
  EXPECT_EQ(error.code(), Error::Code::kInput);
  EXPECT_EQ(error.place(), "y");
  EXPECT_THAT(error.why(), HasSubstr("aten.reshape.default: shape '[3]' is invalid"));
}

TEST_F(OnTorch, AnOperatorOfAnotherLibraryIsRefused) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto y = Node("y", "cadence.quantized_softmax.per_tensor", {{"input", x}}, {1});
  const Error error = Failure({{x, FloatTensor({1}, {1})}}, y);
  EXPECT_EQ(error.place(), "y");
  EXPECT_THAT(error.why(), HasSubstr("cadence.quantized_softmax.per_tensor: libtorch"));
  const auto z = Node("z", "quantized_decomposed.choose_qparams.tensor", {{"input", x}}, {1});
  EXPECT_THAT(Failure({{x, FloatTensor({1}, {1})}}, z).why(), HasSubstr("is not run here"));
}

TEST_F(OnTorch, AnArgumentOfTheWrongKindIsRefused) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto y = Node("y", "aten.sin.default", {{"self", std::string("x")}}, {1});
  EXPECT_THAT(Failure({{x, FloatTensor({1}, {1})}}, y).why(), HasSubstr("cannot be a Tensor"));
  const auto z = Node("z", "aten.sin.default", {}, {1});
  EXPECT_THAT(Failure({}, z).why(), HasSubstr("'self' is missing"));
}

TEST_F(OnTorch, OnlyTheCpuRuns) {
  const auto y =
      Node("y", "aten.zeros.default",
           {{"size", std::vector<std::int64_t>{1}}, {"device", ir::Device{"cuda", 0}, true}}, {1});
  EXPECT_THAT(Failure({}, y).why(), HasSubstr("only the CPU"));
}

// A constant of the GraphModule form is a get_attr node.
TEST_F(OnTorch, GetAttrIsAConstant) {
  made_.Buffer("b", FloatTensor({1}, {-2}));
  const auto b =
      made_.Node("attribute", "get_attr", {{"attribute", std::string("b")}}, FloatType({1}));
  const auto y = Node("y", "aten.relu.default", {{"self", b}}, {1});
  EXPECT_THAT(Floats({}, y), ElementsAre(0));
}

TEST_F(OnTorch, EmptyTensorsAndScalarsPass) {
  const auto x = made_.Input("x", FloatType({0, 2}));
  const auto y = Node("y", "aten.relu.default", {{"self", x}}, {0, 2});
  EXPECT_TRUE(Floats({{x, FloatTensor({0, 2}, {})}}, y).empty());
}

// Threads of OpenMP belong to the thread that calls: each must be told to use one.
TEST_F(OnTorch, RunsOnSeveralThreadsAtOnce) {
  const auto x = made_.Input("x", FloatType({1, 4, 64}));
  const auto w = made_.Buffer("w", FloatTensor({4, 4, 3}, std::vector<float>(48, 0.1f)));
  const auto y = Node("y", "aten.conv1d.default", {{"input", x}, {"weight", w}}, {1, 4, 62});
  const Tensors feeds{{x, FloatTensor({1, 4, 64}, std::vector<float>(256, 0.3f))}};
  const std::vector<float> alone = Floats(feeds, y);
  std::vector<std::vector<float>> together(4);
  std::vector<std::string> described(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < together.size(); ++i) {
      threads.emplace_back([&, i] {
        together[i] = Floats(feeds, y);
        described[i] = executor_->Describe();
      });
    }
  }
  EXPECT_THAT(together, ::testing::Each(alone));
  EXPECT_THAT(described, ::testing::Each(HasSubstr(", 1 thread")));
}

// In eval mode dropout returns its input itself, though its schema does not say so.
TEST_F(OnTorch, AChangeOfWhatDropoutReturnsIsAChangeOfItsInput) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto a = Node("a", "aten.neg.default", {{"self", x}}, {1});
  const auto same =
      Node("same", "aten.dropout.default", {{"input", a}, {"p", 0.5}, {"train", false}}, {1});
  Node("changed", "aten.relu_.default", {{"self", same}}, {1});
  const auto after = Node("after", "aten.clone.default", {{"self", a}}, {1});
  EXPECT_THAT(Floats({{x, FloatTensor({1}, {5})}}, after), ElementsAre(0));
}

TEST(FindTorchModule, ParsesTargets) {
  EXPECT_EQ(ParseTarget("aten.conv2d.default").name, "aten::conv2d");
  EXPECT_EQ(ParseTarget("aten.conv2d.default").overload, "");
  EXPECT_EQ(ParseTarget("aten.add_.Tensor").overload, "Tensor");
}

TEST(TorchModule, AFileThatIsNoModuleIsRefused) {
  try {
    TorchModule module("/proc/self/exe");
    FAIL() << "it was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInternal);
  }
}

}  // namespace
}  // namespace foldproof::exec
