// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/kernel_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "harness/exec/open/open_executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/quantize.h"
#include "tests/harness/exec/site_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

using ::testing::ElementsAre;

using ::testing::HasSubstr;

class OnKernels : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    try {
      executor_ = std::make_unique<KernelExecutor>(FindTorchModule(), GetParam());
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  std::vector<std::int64_t> Codes(const SiteProgram& site, const Tensor& codes) {
    return IntegersOf(
        executor_->Run(site.program(), {{site.codes, codes}}, {site.result}).at(site.result));
  }

  // Why the one product of the program was not run as a kernel; "" where it was.
  std::string WhyFloat() const { return executor_->Products().at(0).why_float; }

  std::unique_ptr<KernelExecutor> executor_;
};

Tensor Int8(std::vector<std::int64_t> sizes, const std::vector<std::int8_t>& codes) {
  return Tensor::Of(ScalarType::kInt8, std::move(sizes), codes);
}

// x = (codes - 3) / 2, w = [2, -4] / 4: the sums are 0, 4 and 8 of 1/8, so 0, 0.5 and 1.
SiteSpec SmallConv() {
  SiteSpec spec;
  spec.input_sizes = {1, 1, 1, 4};
  spec.output_sizes = {1, 1, 1, 3};
  spec.weight = Int8({1, 1, 1, 2}, {2, -4});
  spec.scales = {0.25};
  return spec;
}
const std::vector<std::int8_t> kSmallInput{7, 5, 3, 1};

// With 0.5 added, in steps of 0.5 with zero point -2: 1 - 2, 2 - 2, 3 - 2.
TEST_P(OnKernels, AConvByHand) {
  SiteSpec spec = SmallConv();
  spec.bias = FloatTensor({1}, {0.5f});
  const SiteProgram site(spec);
  EXPECT_THAT(Codes(site, Int8({1, 1, 1, 4}, kSmallInput)), ElementsAre(-1, 0, 1));
  EXPECT_EQ(WhyFloat(), "");
}

// With -0.5 added: -0.5, 0, 0.5, of which relu leaves 0, 0, 0.5.
TEST_P(OnKernels, AReluIsPartOfTheKernel) {
  SiteSpec spec = SmallConv();
  spec.bias = FloatTensor({1}, {-0.5f});
  for (const char* relu : {"aten.relu.default", "aten.relu_.default"}) {
    spec.relu = relu;
    const SiteProgram site(spec);
    EXPECT_THAT(Codes(site, Int8({1, 1, 1, 4}, kSmallInput)), ElementsAre(-2, -2, -1)) << relu;
    EXPECT_EQ(WhyFloat(), "");
  }
}

// A quantizer narrower than its type: 1 - 2 and 2 - 2 are clamped to -1, 0.
TEST_P(OnKernels, ClampsToTheQuantizersOwnRange) {
  SiteSpec spec = SmallConv();
  spec.output.quant_min = -1;
  spec.output.quant_max = -1;
  const SiteProgram site(spec);
  EXPECT_THAT(Codes(site, Int8({1, 1, 1, 4}, kSmallInput)), ElementsAre(-1, -1, -1));
}

TEST_P(OnKernels, UnsignedCodesAreRunAsTheyAre) {
  SiteSpec spec = SmallConv();
  spec.input = {0.5, 3, 0, 255, ScalarType::kUInt8};
  spec.output = {0.5, 200, 0, 255, ScalarType::kUInt8};
  const SiteProgram site(spec);
  const Tensor codes = Tensor::Of<std::uint8_t>(ScalarType::kUInt8, {1, 1, 1, 4}, {7, 5, 3, 1});
  EXPECT_THAT(Codes(site, codes), ElementsAre(200, 201, 202));
  EXPECT_EQ(WhyFloat(), "");
}

// libtorch 1.13 with oneDNN takes the first one's primitive for all three unless it is kept from
// it.
TEST_P(OnKernels, KernelsMayDifferInTheirZeroPointAlone) {
  SiteSpec spec = SmallConv();
  for (const std::int64_t zero_point : {-100, 50, 3}) {
    spec.output.zero_point = zero_point;
    EXPECT_THAT(Codes(SiteProgram(spec), Int8({1, 1, 1, 4}, kSmallInput)),
                ElementsAre(zero_point, zero_point + 1, zero_point + 2));
  }
}

TEST_P(OnKernels, Conv1dAndLinearAreKernelsToo) {
  SiteSpec conv = SmallConv();
  conv.target = "aten.conv1d.default";
  conv.input_sizes = {1, 1, 4};
  conv.output_sizes = {1, 1, 3};
  conv.weight = Int8({1, 1, 2}, {2, -4});
  EXPECT_THAT(Codes(SiteProgram(conv), Int8({1, 1, 4}, kSmallInput)), ElementsAre(-2, -1, 0));
  EXPECT_EQ(WhyFloat(), "");
  SiteSpec linear = SmallConv();
  linear.target = "aten.linear.default";
  linear.input_sizes = {2, 2};
  linear.output_sizes = {2, 1};
  linear.weight = Int8({1, 2}, {2, -4});
  EXPECT_THAT(Codes(SiteProgram(linear), Int8({2, 2}, {7, 5, 3, 1})), ElementsAre(-2, 0));
  EXPECT_EQ(WhyFloat(), "");
}

TEST_P(OnKernels, WhatIsGivenInsideASiteCutsIt) {
  const SiteProgram site(SmallConv());
  const Tensors out = executor_->Run(
      site.program(), {{site.product, FloatTensor({1, 1, 1, 3}, {1, 2, 3})}}, {site.result});
  EXPECT_THAT(IntegersOf(out.at(site.result)), ElementsAre(0, 2, 4));
  EXPECT_THAT(WhyFloat(), HasSubstr("is given"));
}

TEST_P(OnKernels, WhatIsFetchedInsideASiteIsComputedBesides) {
  const SiteProgram site(SmallConv());
  const Tensors out = executor_->Run(
      site.program(), {{site.codes, Int8({1, 1, 1, 4}, kSmallInput)}}, {site.product, site.result});
  EXPECT_THAT(out.at(site.product).Elements<float>(), ElementsAre(0, 0.5f, 1));
  EXPECT_THAT(IntegersOf(out.at(site.result)), ElementsAre(-2, -1, 0));
}

TEST_P(OnKernels, WiderCodesStayFloat) {
  SiteSpec spec = SmallConv();
  spec.input = {0.5, 3, -32768, 32767, ScalarType::kInt16};
  const SiteProgram site(spec);
  const Tensor codes = Tensor::Of<std::int16_t>(ScalarType::kInt16, {1, 1, 1, 4}, {7, 5, 3, 1});
  EXPECT_THAT(Codes(site, codes), ElementsAre(-2, -1, 0));
  EXPECT_EQ(WhyFloat(), "its input is of int16");
}

// Random convolutions against eq. 7 and 1 in integers, and against the float chain: a kernel
// requantizes otherwise, but never by more than a code here.
TEST_P(OnKernels, RandomConvolutionsAreWithinACodeOfTheExactSum) {
  std::mt19937 random(3);
  const auto code = [&] { return static_cast<std::int8_t>(random() & 0xff); };
  std::int64_t apart = 0;
  for (int round = 0; round < 8; ++round) {
    SiteSpec spec;
    spec.input = {0.02, round - 4, -128, 127, ScalarType::kInt8};
    spec.output = {0.9, 5, -128, 127, ScalarType::kInt8};
    spec.input_sizes = {1, 4, 6, 6};
    spec.output_sizes = {1, 8, 6, 6};
    spec.more = {{"stride", std::vector<std::int64_t>{1, 1}},
                 {"padding", std::vector<std::int64_t>{1, 1}}};
    std::vector<std::int8_t> weight(8 * 4 * 9), input(4 * 6 * 6);
    std::ranges::generate(weight, code);
    std::ranges::generate(input, code);
    spec.weight = Int8({8, 4, 3, 3}, weight);
    for (int c = 0; c < (round % 2 == 0 ? 8 : 1); ++c) spec.scales.push_back(0.01f + 0.001 * c);
    spec.bias = FloatTensor({8}, {0, 1, -2, 3.3f, 0, 10, -11, 0.7f});
    if (round % 3 == 0) spec.relu = "aten.relu.default";
    const SiteProgram site(spec);
    const Tensors feeds{{site.codes, Int8(spec.input_sizes, input)}};
    const auto got =
        IntegersOf(executor_->Run(site.program(), feeds, {site.result}).at(site.result));
    ASSERT_EQ(WhyFloat(), "");
    const auto chain = IntegersOf(
        OpenExecutor("torch")->Run(site.program(), feeds, {site.result}).at(site.result));
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_LE(std::abs(got[i] - chain[i]), 1) << "round " << round << " at " << i;
      apart += got[i] != chain[i];
    }
  }
  std::cout << executor_->Describe() << ": " << apart
            << " of 2304 codes differ from the float chain\n";
}

INSTANTIATE_TEST_SUITE_P(Engines, OnKernels,
                         ::testing::Values("qnnpack", "onednn", "fbgemm", "x86"),
                         [](const auto& engine) { return std::string(engine.param); });

}  // namespace
}  // namespace foldproof::exec
