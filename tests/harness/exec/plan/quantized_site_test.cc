// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/quantized_site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/exec/site_programs.h"

namespace foldproof::exec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Found = std::vector<std::variant<QuantizedSite, NoSite>>;

Found SitesOf(const ir::Program& program) { return FindQuantizedSites(FunctionalView(program)); }

std::string OnlyMiss(const ir::Program& program) {
  const Found found = SitesOf(program);
  const auto* none = found.size() == 1 ? std::get_if<NoSite>(&found.front()) : nullptr;
  return none == nullptr ? "a site, or several products" : none->why;
}

SiteSpec Conv() {
  SiteSpec spec;
  spec.input_sizes = {1, 1, 1, 4};
  spec.output_sizes = {1, 2, 1, 3};
  spec.weight = Tensor::Of<std::int8_t>(ir::ScalarType::kInt8, {2, 1, 1, 2}, {1, 2, 3, 4});
  spec.scales = {0.25, 0.5};
  spec.bias = FloatTensor({2}, {1, 2});
  return spec;
}

TEST(QuantizedSite, IsFromCodesToCodes) {
  for (const char* relu : {"", "aten.relu.default", "aten.relu_.default"}) {
    SiteSpec spec = Conv();
    spec.relu = relu;
    const SiteProgram made(spec);
    const FunctionalView view(made.program());
    const Found found = FindQuantizedSites(view);
    ASSERT_EQ(found.size(), 1u);
    const auto& site = std::get<QuantizedSite>(found.front());
    const ir::Graph& graph = view.program().graph;
    EXPECT_EQ(graph.node(site.product).name, "product");
    EXPECT_EQ(graph.node(site.quantize).name, "result");
    EXPECT_EQ(site.relu.has_value(), *relu != '\0');
    EXPECT_EQ(site.input.codes, view.Made(made.codes));
    EXPECT_EQ(std::get<ir::QuantParams>(site.input.params), spec.input);
    EXPECT_EQ(graph.value(site.weight.codes).name, "weight");
    EXPECT_EQ(std::get<ir::ChannelQuantParams>(site.weight.params).axis, 0);
    EXPECT_EQ(graph.value(*site.bias).name, "bias");
    EXPECT_FALSE(site.bias_codes.has_value());
    EXPECT_EQ(site.output, spec.output);
    EXPECT_THAT(site.inner, ::testing::Contains(view.Made(made.product)));
    EXPECT_THAT(site.inner, ::testing::Contains(view.Made(made.real)));
  }
}

TEST(QuantizedSite, ItsValueMustGoIntoAQuantizer) {
  SiteProgram made(Conv(), false);
  const auto sum = made.made.Node(
      "sum", "aten.add.Tensor", {{"self", made.product}, {"other", 1.0}}, FloatType({1, 2, 1, 3}));
  made.made.Returning({sum});
  EXPECT_EQ(OnlyMiss(made.program()), "its value goes to aten.add.Tensor, not into a quantizer");
  SiteProgram out(Conv(), false);
  out.made.Returning({out.product});
  EXPECT_EQ(OnlyMiss(out.program()), "its value leaves the program as it is");
}

TEST(QuantizedSite, ItsOperandsMustBeDequantizedCodes) {
  SmallProgram made;
  const auto x = made.Input("x", FloatType({1, 2}));
  const auto w = made.Buffer("w", FloatTensor({1, 2}, {1, 2}));
  const auto y =
      made.Node("y", "aten.linear.default", {{"input", x}, {"weight", w}}, FloatType({1, 1}));
  const auto q = made.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                           QuantArguments(y, {1, 0, -128, 127, ir::ScalarType::kInt8}),
                           ir::MakeTensorType(ir::ScalarType::kInt8, {1, 1}));
  EXPECT_EQ(OnlyMiss(made.Returning({q})), "its input is no dequantized codes");
}

TEST(QuantizedSite, IsNotTransposed) {
  SiteSpec spec = Conv();
  spec.target = "aten.conv_transpose2d.input";
  spec.weight = Tensor::Of<std::int8_t>(ir::ScalarType::kInt8, {1, 2, 1, 2}, {1, 2, 3, 4});
  spec.scales = {0.25};
  spec.output_sizes = {1, 2, 1, 5};
  EXPECT_EQ(OnlyMiss(SiteProgram(spec).program()), "it is transposed");
}

// A conv of Conv()'s weight on the input with a number padded on both sides.
struct PaddedSite {
  explicit PaddedSite(double value) : made(Conv(), false) {
    const auto pad = made.made.Node(
        "pad", "aten.constant_pad_nd.default",
        {{"self", made.x}, {"pad", std::vector<std::int64_t>{1, 1}}, {"value", value}},
        FloatType({1, 1, 1, 6}));
    const auto conv = made.made.Node("conv", "aten.conv2d.default",
                                     {{"input", pad}, {"weight", made.w}}, FloatType({1, 2, 1, 5}));
    const auto q = made.made.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                                  QuantArguments(conv, Conv().output),
                                  ir::MakeTensorType(ir::ScalarType::kInt8, {1, 2, 1, 5}));
    made.made.Returning({q});
  }
  Found Sites(SiteForm form) const {
    return FindQuantizedSites(FunctionalView(made.program()), form);
  }

  SiteProgram made;
};

// Zeros are the code of the zero point; no code need stand for another number.
TEST(QuantizedSite, CodesMayBeMovedBeforeAKernelOfOurOwn) {
  const PaddedSite zeros(0.0);
  EXPECT_EQ(std::get<NoSite>(zeros.Sites(SiteForm::kRelu).at(0)).why,
            "its input is no dequantized codes");
  const Found found = zeros.Sites(SiteForm::kActivations);
  const auto& site = std::get<QuantizedSite>(found.at(0));
  EXPECT_EQ(site.input.codes, zeros.made.codes);
  EXPECT_EQ(zeros.made.program().graph.value(site.input.real).name, "pad");
  EXPECT_THAT(site.inner, ::testing::Contains(zeros.made.x));
  const PaddedSite ones(1.0);
  EXPECT_EQ(std::get<NoSite>(ones.Sites(SiteForm::kActivations).at(0)).why,
            "its input is no dequantized codes");
}

// A view of the conv's value, made before relu_ changes it, is read afterwards: both are one
// memory.
TEST(QuantizedSite, NoNodeInPlaceChangesAViewOfItsValues) {
  SiteSpec spec = Conv();
  SiteProgram made(spec, false);
  const auto view =
      made.made.Node("view", "aten.reshape.default",
                     {{"self", made.x}, {"shape", std::vector<std::int64_t>{4}}}, FloatType({4}));
  made.made.Node("changed", "aten.relu_.default", {{"self", view}}, FloatType({4}));
  const auto again =
      made.made.Node("again", "aten.conv2d.default", {{"input", made.x}, {"weight", made.w}},
                     FloatType({1, 2, 1, 3}));
  const auto q = made.made.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                                QuantArguments(again, spec.output),
                                ir::MakeTensorType(ir::ScalarType::kInt8, {1, 2, 1, 3}));
  EXPECT_THAT(OnlyMiss(made.made.Returning({q})), ::testing::HasSubstr("no dequantized codes"));
}

}  // namespace
}  // namespace foldproof::exec
