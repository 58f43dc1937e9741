// SPDX-License-Identifier: BSD-3-Clause
//
// The executor torch64: every float32 tensor held as float64.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/exec/libtorch/torch_executor.h"
#include "tests/harness/exec/float_distance.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/harness/exec/site_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;

class OnTorch64 : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = std::make_unique<TorchExecutor>(FindTorchModule(), TorchReals::kFloat64);
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  Tensor Run(const Tensors& feeds, ir::ValueId fetch) {
    return executor_->Run(made_.program(), feeds, {fetch}).at(fetch);
  }

  ir::ValueId Node(const std::string& name, const std::string& target,
                   std::vector<ir::Argument> arguments, std::vector<std::int64_t> sizes) {
    return made_.Node(name, target, std::move(arguments), FloatType(std::move(sizes)));
  }

  std::unique_ptr<TorchExecutor> executor_;
  SmallProgram made_;
};

Tensor Doubles(std::vector<std::int64_t> sizes, const std::vector<double>& elements) {
  return Tensor::Of(ScalarType::kFloat64, std::move(sizes), elements);
}

const ir::QuantParams kHalves{0.5, 0, -128, 127, ScalarType::kInt8};

TEST_F(OnTorch64, FeedsMayBeWideOrNarrowAndResultsAreWide) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto y = Node("y", "aten.neg.default", {{"self", x}}, {1});
  EXPECT_EQ(Run({{x, Doubles({1}, {1 + 0x1p-40})}}, y), Doubles({1}, {-1 - 0x1p-40}));
  EXPECT_EQ(Run({{x, FloatTensor({1}, {1.5f})}}, y), Doubles({1}, {-1.5}));
  EXPECT_THROW(Run({{x, Doubles({2}, {1, 2})}}, y), Error);
}

// 0.1 as float32 is 0x1.99999ap-4; times 3 in float64 there is nothing to round.
TEST_F(OnTorch64, ConstantsScalesAndZeroPointsAreExact) {
  const auto q = made_.Input("q", ir::MakeTensorType(ScalarType::kInt8, {1}));
  const auto x = Node("x", "quantized_decomposed.dequantize_per_tensor.default",
                      QuantArguments(q, {0.1, 4, -128, 127, ScalarType::kInt8}), {1});
  const auto b = made_.Buffer("b", FloatTensor({1}, {0x1p-40f}));
  const auto y = Node("y", "aten.add.Tensor", {{"self", x}, {"other", b}}, {1});
  const Tensor seven = Tensor::Of<std::int8_t>(ScalarType::kInt8, {1}, {7});
  EXPECT_EQ(Run({{q, seven}}, y), Doubles({1}, {3 * 0x1.99999ap-4 + 0x1p-40}));
}

TEST_F(OnTorch64, DequantizesPerChannelInFloat64) {
  const auto q = made_.Buffer("q", Tensor::Of<std::int8_t>(ScalarType::kInt8, {2}, {3, 5}));
  const auto s = made_.Buffer("s", FloatTensor({2}, {0.1f, 0.7f}));
  const auto x = Node("x", "quantized_decomposed.dequantize_per_channel.default",
                      {{"input", q},
                       {"scales", s},
                       {"zero_points", ir::None{}},
                       {"axis", std::int64_t{0}},
                       {"quant_min", std::int64_t{-128}},
                       {"quant_max", std::int64_t{127}},
                       {"dtype", ScalarType::kInt8}},
                      {2});
  EXPECT_EQ(Run({}, x), Doubles({2}, {3 * 0x1.99999ap-4, 5 * 0x1.666666p-1}));
}

// 0.75 - 2^-40 is 0.75 as float32, whose 1.5 steps of 0.5 are a tie: 2. Unrounded it would be 1.
TEST_F(OnTorch64, QuantizeRoundsItsInputOnce) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto q = made_.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                            QuantArguments(x, kHalves), ir::MakeTensorType(ScalarType::kInt8, {1}));
  const Tensor two = Tensor::Of<std::int8_t>(ScalarType::kInt8, {1}, {2});
  EXPECT_EQ(Run({{x, Doubles({1}, {0.75 - 0x1p-40})}}, q), two);
}

TEST_F(OnTorch64, TypesInArgumentsAreWidenedToo) {
  const auto x = made_.Input("x", FloatType({1}));
  const auto i = made_.Buffer("i", Tensor::Of<std::int64_t>(ScalarType::kInt64, {1}, {1}));
  const auto cast =
      Node("cast", "aten.to.dtype", {{"self", x}, {"dtype", ScalarType::kFloat32}}, {1});
  const auto third =
      Node("third", "aten.div.Tensor", {{"self", i}, {"other", std::int64_t{4}}}, {1});
  const auto w = Node("w", "aten.reshape.default",
                      {{"self", third}, {"shape", std::vector<std::int64_t>{1, 1}}}, {1, 1});
  const auto row = Node("row", "aten.reshape.default",
                        {{"self", cast}, {"shape", std::vector<std::int64_t>{1, 1}}}, {1, 1});
  // linear takes no mixed types: the quotient of integers must have been widened.
  const auto y = Node("y", "aten.linear.default", {{"input", row}, {"weight", w}}, {1, 1});
  EXPECT_EQ(Run({{x, Doubles({1}, {1 + 0x1p-40})}}, y), Doubles({1, 1}, {0.25 + 0x1p-42}));
}

// Where one operation in float64 has float32 operands, the float32 nearest to its result is what
// the float32 operation gives (53 >= 2 * 24 + 2 bits), and so the recorded value.
bool IsOneOperation(const ir::Node& node) {
  static const std::set<std::string> known{"aten.sub.Tensor", "aten.mul.Tensor", "aten.div.Tensor",
                                           "aten.relu.default", "aten.hardtanh.default"};
  const bool plain_add = node.target == "aten.add.Tensor" && node.Find("alpha") == nullptr;
  return plain_add || known.contains(node.target) ||
         node.target.starts_with("quantized_decomposed.");
}

void CheckTraces(TorchExecutor& executor, const std::filesystem::path& programs,
                 const std::filesystem::path& traces, std::int64_t at_least) {
  std::int64_t nodes = 0;
  for (const auto& file : TraceFiles(traces)) {
    const RecordedTrace trace = ReadTrace(programs, file);
    for (const ir::Node& node : trace.program.graph.nodes()) {
      if (!trace.values.contains(node.name) || !IsOneOperation(node)) continue;
      const std::string where = trace.name + ": " + node.name;
      const Tensor& recorded = trace.values.at(node.name);
      const ir::ValueId out = node.outputs.at(0);
      const Tensor got = executor.Run(trace.program, trace.OperandsOf(node), {out}).at(out);
      ++nodes;
      if (recorded.dtype != ScalarType::kFloat32) {
        ASSERT_EQ(got, recorded) << where;
        continue;
      }
      const auto wide = got.Elements<double>();
      const auto narrow = recorded.Elements<float>();
      ASSERT_EQ(wide.size(), narrow.size()) << where;
      for (std::size_t i = 0; i < wide.size(); ++i) {
        ASSERT_EQ(StepsBetween(static_cast<float>(wide[i]), narrow[i]), 0) << where << " at " << i;
      }
    }
  }
  EXPECT_GE(nodes, at_least);
}

TEST_F(OnTorch64, SingleOperationsRoundToTheirRecordedValues) {
  CheckTraces(*executor_, GoldenTraces(), GoldenTraces(), 12);
}

TEST_F(OnTorch64, SingleOperationsOfTheCorpusRoundToTheirRecordedValues) {
  if (TraceFiles(Corpus() / "trace").empty()) GTEST_SKIP() << "no traces in " << Corpus();
  CheckTraces(*executor_, Corpus(), Corpus() / "trace", 1000);
}

}  // namespace
}  // namespace foldproof::exec
