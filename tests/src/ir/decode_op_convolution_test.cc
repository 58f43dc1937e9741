// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/src/ir/one_node.h"

namespace foldproof::ir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Ints = std::vector<std::int64_t>;

std::vector<Argument> InputAndWeight(std::vector<Argument> more = {}) {
  std::vector<Argument> arguments = {{"input", ValueId{0}}, {"weight", ValueId{1}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return arguments;
}

const std::vector<std::optional<TensorType>> kPlane = {Float({1, 4, 8, 8}), Float({6, 4, 3, 3})};

Convolution Conv2d(std::vector<Argument> more) {
  return Decoded<Convolution>("aten.conv2d.default", kPlane, InputAndWeight(std::move(more)),
                              Float({1, 6, 6, 6}));
}

std::string Conv2dFailure(std::vector<Argument> more) {
  return FailureOf([&] { Conv2d(std::move(more)); });
}

TEST(DecodeConvolution, TakesTheDefaultsOfTheSchema) {
  const Convolution op = Conv2d({});
  EXPECT_EQ(op.spatial(), 2u);
  EXPECT_FALSE(op.bias.has_value());
  EXPECT_THAT(op.stride, ElementsAre(1, 1));
  EXPECT_THAT(op.padding, ElementsAre(0, 0));
  EXPECT_THAT(op.dilation, ElementsAre(1, 1));
  EXPECT_THAT(op.output_padding, ElementsAre(0, 0));
  EXPECT_EQ(op.groups, 1);
  EXPECT_FALSE(op.transposed);
}

TEST(DecodeConvolution, SpreadsASingleNumber) {
  const Convolution op = Conv2d({{"stride", Ints{2}}, {"padding", std::int64_t{1}}});
  EXPECT_THAT(op.stride, ElementsAre(2, 2));
  EXPECT_THAT(op.padding, ElementsAre(1, 1));
}

TEST(DecodeConvolution, KeepsOneEntryADimension) {
  const Convolution op = Conv2d({{"stride", Ints{2, 3}}, {"dilation", Ints{1, 4}}});
  EXPECT_THAT(op.stride, ElementsAre(2, 3));
  EXPECT_THAT(op.dilation, ElementsAre(1, 4));
}

TEST(DecodeConvolution, RefusesListsOfAnotherLength) {
  EXPECT_THAT(Conv2dFailure({{"stride", Ints{1, 1, 1}}}),
              HasSubstr("argument 'stride' has 3 entries for 2 spatial dimensions"));
  EXPECT_THAT(Conv2dFailure({{"padding", Ints{}}}), HasSubstr("has 0 entries"));
}

TEST(DecodeConvolution, RefusesNumbersThatMakeNoSense) {
  EXPECT_THAT(Conv2dFailure({{"stride", Ints{1, 0}}}), HasSubstr("must be at least 1"));
  EXPECT_THAT(Conv2dFailure({{"dilation", Ints{-1, 1}}}), HasSubstr("'dilation'"));
  EXPECT_THAT(Conv2dFailure({{"padding", Ints{-1, 0}}}), HasSubstr("must be at least 0"));
  EXPECT_THAT(Conv2dFailure({{"padding", Ints{std::int64_t{1} << 31, 0}}}), HasSubstr("2^31"));
  EXPECT_THAT(Conv2dFailure({{"groups", std::int64_t{0}}}), HasSubstr("groups must be at least 1"));
}

TEST(DecodeConvolution, ReadsNamedPadding) {
  const auto decode = [](const std::string& padding, Ints stride) {
    return Decoded<Convolution>(
        "aten.conv2d.padding", kPlane,
        InputAndWeight({{"stride", std::move(stride)}, {"padding", padding}}), Float({1, 6, 8, 8}));
  };
  EXPECT_EQ(decode("same", {1, 1}).padding_mode, Convolution::Padding::kSame);
  EXPECT_EQ(decode("valid", {2, 2}).padding_mode, Convolution::Padding::kValid);
  EXPECT_THAT(decode("same", {1}).padding, ElementsAre(0, 0));
  EXPECT_THAT(FailureOf([&] { decode("same", {2, 2}); }), HasSubstr("needs a stride of 1"));
  EXPECT_THAT(FailureOf([&] { decode("full", {1, 1}); }), HasSubstr("padding must be 'same'"));
}

TEST(DecodeConvolution, TakesOneAndThreeDimensions) {
  EXPECT_EQ(Decoded<Convolution>("aten.conv1d.default", {Float({1, 4, 8}), Float({6, 4, 3})},
                                 InputAndWeight(), Float({1, 6, 6}))
                .spatial(),
            1u);
  EXPECT_EQ(
      Decoded<Convolution>("aten.conv3d.default", {Float({1, 4, 8, 8, 8}), Float({6, 4, 3, 3, 3})},
                           InputAndWeight(), Float({1, 6, 6, 6, 6}))
          .spatial(),
      3u);
}

TEST(DecodeConvolution, TakesAnUnbatchedInput) {
  EXPECT_EQ(Decoded<Convolution>("aten.conv2d.default", {Float({4, 8, 8}), Float({6, 4, 3, 3})},
                                 InputAndWeight(), Float({6, 6, 6}))
                .input,
            ValueId{0});
}

TEST(DecodeConvolution, RefusesRanksThatDoNotFit) {
  EXPECT_THAT(FailureOf([] {
                OneNode("aten.conv2d.default", {Float({1, 4, 8, 8}), Float({6, 4, 3})},
                        InputAndWeight(), Float({1, 6, 6, 6}));
              }),
              HasSubstr("a weight of rank 3"));
  EXPECT_THAT(FailureOf([] {
                OneNode("aten.conv2d.default", {Float({8, 8}), Float({6, 4, 3, 3})},
                        InputAndWeight(), Float({6, 6, 6}));
              }),
              HasSubstr("an input of rank 2"));
}

TEST(DecodeConvolution, ReadsTransposed) {
  const auto op = Decoded<Convolution>(
      "aten.conv_transpose2d.input", {Float({1, 4, 8, 8}), Float({4, 6, 3, 3}), Float({6})},
      InputAndWeight({{"bias", ValueId{2}}, {"output_padding", Ints{1, 0}}, {"stride", Ints{2}}}),
      Float({1, 6, 18, 17}));
  EXPECT_TRUE(op.transposed);
  EXPECT_EQ(op.bias, ValueId{2});
  EXPECT_THAT(op.output_padding, ElementsAre(1, 0));
}

TEST(DecodeConvolution, ReadsTheGeneralForm) {
  const auto decode = [](bool transposed) {
    return Decoded<Convolution>("aten.convolution.default", kPlane,
                                InputAndWeight({{"bias", None{}},
                                                {"stride", Ints{1, 1}},
                                                {"padding", Ints{0, 0}},
                                                {"dilation", Ints{1, 1}},
                                                {"transposed", transposed},
                                                {"output_padding", Ints{0, 0}},
                                                {"groups", std::int64_t{1}}}),
                                Float({1, 6, 6, 6}));
  };
  EXPECT_FALSE(decode(false).transposed);
  EXPECT_TRUE(decode(true).transposed);
  EXPECT_EQ(decode(false).spatial(), 2u);
}

TEST(DecodeConvolution, LeavesASymbolicStrideOpaque) {
  Decoded<Opaque>("aten.conv2d.default", {Float({1, 4, 8, 8}), Float({6, 4, 3, 3}), std::nullopt},
                  InputAndWeight({{"stride", std::vector<IntOrValue>{ValueId{2}, 1}}}),
                  Float({1, 6, 6, 6}));
}

TEST(DecodeLinear, ReadsItsTensors) {
  const auto op = Decoded<Linear>("aten.linear.default", {Float({2, 4}), Float({3, 4})},
                                  InputAndWeight({{"bias", None{}}}), Float({2, 3}));
  EXPECT_EQ(op.weight, ValueId{1});
  EXPECT_FALSE(op.bias.has_value());
}

std::vector<Argument> Statistics(std::vector<Argument> more) {
  std::vector<Argument> arguments = {{"input", ValueId{0}},       {"weight", None{}},
                                     {"bias", ValueId{1}},        {"running_mean", ValueId{1}},
                                     {"running_var", ValueId{2}}, {"momentum", 0.1}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return arguments;
}

const std::vector<std::optional<TensorType>> kNormed = {Float({1, 4, 8}), Float({4}), Float({4})};

TEST(DecodeBatchNorm, ReadsEval) {
  const auto op =
      Decoded<BatchNorm>("aten.batch_norm.default", kNormed,
                         Statistics({{"training", false}, {"eps", 0.25}}), Float({1, 4, 8}));
  EXPECT_FALSE(op.training);
  EXPECT_FALSE(op.weight.has_value());
  EXPECT_EQ(op.bias, ValueId{1});
  EXPECT_EQ(op.running_var, ValueId{2});
  EXPECT_EQ(op.eps, 0.25);
}

TEST(DecodeBatchNorm, ReadsTraining) {
  for (const char* target :
       {"aten.batch_norm.default", "aten.native_batch_norm.default",
        "aten._native_batch_norm_legit.default", "aten._native_batch_norm_legit.no_stats"}) {
    EXPECT_TRUE(Decoded<BatchNorm>(target, kNormed, Statistics({{"training", true}, {"eps", 1e-5}}),
                                   Float({1, 4, 8}))
                    .training)
        << target;
  }
}

TEST(DecodeBatchNorm, KnowsTheFormWithoutTraining) {
  EXPECT_FALSE(Decoded<BatchNorm>("aten._native_batch_norm_legit_no_training.default", kNormed,
                                  Statistics({{"eps", 1e-5}}), Float({1, 4, 8}))
                   .training);
}

TEST(DecodeBatchNorm, RefusesWhatItCannotCompute) {
  auto arguments = Statistics({{"training", false}, {"eps", 1e-5}});
  arguments[4].value = None{};
  EXPECT_THAT(FailureOf([&] {
                OneNode("aten.batch_norm.default", kNormed, arguments, Float({1, 4, 8}));
              }),
              HasSubstr("takes running statistics but has none"));
  EXPECT_THAT(
      FailureOf([&] {
        OneNode("aten.batch_norm.default", kNormed,
                Statistics({{"training", false}, {"eps", std::numeric_limits<double>::infinity()}}),
                Float({1, 4, 8}));
      }),
      HasSubstr("eps must be finite"));
}

}  // namespace
}  // namespace foldproof::ir
