// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/accumulator_range.h"

#include <gtest/gtest.h>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::fold::accumulator_range_test {
namespace {

using prove::ConvProgram;
using prove::Int8;

// x = (q - 5) / 16 with q - 5 in [-133, 122].
constexpr double kStep = 0.0625;

// A convolution of three inputs and two outputs whose weight is dequantized with a scale for each
// input.
class ByInput {
 public:
  ByInput() : made_({{{3, -2, 5}, {-4, 7, 1}}, Int8(kStep, 5), {1, 1}, {}, {1, 1}, true}) {}

  ir::ValueId Weight(const std::vector<std::int8_t>& codes, const std::vector<std::int64_t>& sizes,
                     std::int64_t axis) {
    const ir::ValueId stored =
        made_.nodes().Stored("codes", exec::Tensor::Of(ir::ScalarType::kInt8, sizes, codes));
    const ir::ValueId scales = made_.nodes().Floats("input_scales", {3}, {1.0f, 0.5f, 0.25f});
    return made_.nodes().Node("by_input", "quantized_decomposed.dequantize_per_channel.default",
                              {{"input", stored},
                               {"scales", scales},
                               {"zero_points", ir::None{}},
                               {"axis", axis},
                               {"quant_min", std::int64_t{-128}},
                               {"quant_max", std::int64_t{127}},
                               {"dtype", ir::ScalarType::kInt8}},
                              ir::ScalarType::kFloat32, sizes);
  }
  ir::ValueId Floats(const std::vector<float>& weights) {
    return made_.nodes().Floats("floats", {2, 3, 1, 1}, weights);
  }

  std::optional<std::vector<RealRange>> RangesOf(const std::string& target, ir::ValueId weight) {
    const ir::ValueId out = made_.nodes().Node(
        "probed", target, {{"input", made_.input()}, {"weight", weight}, {"bias", ir::None{}}},
        ir::ScalarType::kFloat32, {1, 2, 1, 1});
    const ir::Program program = made_.Return({out});
    for (const ir::Node& node : program.graph.nodes()) {
      if (node.name != "probed") continue;
      EXPECT_FALSE(AccumulatorRanges(program, node));  // there is no sum of codes
      return ProductRanges(program, node);
    }
    return std::nullopt;
  }

 private:
  ConvProgram made_;
};

// Weights {3, -1, 1.25} and {-4, 3.5, 0.25}: channel 0 reaches from -133 * 4.25 - 122 * 1 = -687.25
// to 122 * 4.25 + 133 * 1 = 651.5 steps, channel 1 from -133 * 3.75 - 122 * 4 = -986.75 to
// 122 * 3.75 + 133 * 4 = 989.5. A float32 sum of three products is within 2^-20 of that.
void ExpectThoseOfTheWeights(const std::optional<std::vector<RealRange>>& ranges) {
  ASSERT_TRUE(ranges);
  const RealRange wanted[] = {{-687.25 * kStep, 651.5 * kStep}, {-986.75 * kStep, 989.5 * kStep}};
  ASSERT_EQ(ranges->size(), 2u);
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_LE((*ranges)[c].low, wanted[c].low) << c;
    EXPECT_GT((*ranges)[c].low, wanted[c].low * (1 + 0x1p-18)) << c;
    EXPECT_GE((*ranges)[c].high, wanted[c].high) << c;
    EXPECT_LT((*ranges)[c].high, wanted[c].high * (1 + 0x1p-18)) << c;
  }
}

TEST(ProductRanges, OfAScaleForEachInputOfATransposedConvolution) {
  ByInput made;
  const ir::ValueId weight = made.Weight({3, -4, -2, 7, 5, 1}, {3, 2, 1, 1}, 0);
  ExpectThoseOfTheWeights(made.RangesOf("aten.conv_transpose2d.input", weight));
}

TEST(ProductRanges, OfAScaleForEachInputOfAConvolution) {
  ByInput made;
  const ir::ValueId weight = made.Weight({3, -2, 5, -4, 7, 1}, {2, 3, 1, 1}, 1);
  ExpectThoseOfTheWeights(made.RangesOf("aten.conv2d.default", weight));
}

TEST(ProductRanges, OfFloatWeights) {
  ByInput made;
  const ir::ValueId weight = made.Floats({3, -1, 1.25f, -4, 3.5f, 0.25f});
  ExpectThoseOfTheWeights(made.RangesOf("aten.conv2d.default", weight));
}

}  // namespace
}  // namespace foldproof::fold::accumulator_range_test
