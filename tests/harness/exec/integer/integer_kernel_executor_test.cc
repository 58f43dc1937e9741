// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/integer_kernel_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exec/open/open_executor.h"
#include "harness/exec/quantized/code_vector.h"
#include "tests/harness/exec/site_programs.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;

constexpr Kernel kKernels[] = {Kernel::kQ31, Kernel::kTosa};

Tensor Int8(std::vector<std::int64_t> sizes, const std::vector<std::int8_t>& codes) {
  return Tensor::Of(ScalarType::kInt8, std::move(sizes), codes);
}

// What one program of a conv or linear gives, and why it was not a kernel; "" where it was.
struct Result {
  std::vector<std::int64_t> codes;
  std::string why;
};
Result RunOn(Kernel kernel, const ir::Program& program, const Tensors& feeds, ir::ValueId fetch) {
  IntegerKernelExecutor executor(kernel);
  Result out{IntegersOf(executor.Run(program, feeds, {fetch}).at(fetch)), {}};
  EXPECT_EQ(executor.Products().size(), 1u);
  out.why = executor.Products().at(0).why_float;
  return out;
}

// A = -8 to 7 of one channel: x - z_x times w = 1, with M = 1/4: ties at every odd half.
SiteSpec Ties() {
  SiteSpec spec;
  spec.input = {1.0, 3, -128, 127, ScalarType::kInt8};
  spec.output = {4.0, 0, -128, 127, ScalarType::kInt8};
  spec.input_sizes = spec.output_sizes = {1, 1, 1, 8};
  spec.weight = Int8({1, 1, 1, 1}, {1});
  spec.scales = {1.0};
  return spec;
}
// A = -6, -2, -1, 1, 2, 3, 6, 10.
const std::vector<std::int8_t> kTies{-3, 1, 2, 4, 5, 6, 9, 13};

// PyTorch takes the ties -1.5, -0.5, 0.5, 1.5, 2.5 to even: -2, 0, 0, 2, 2. q31 rounds twice: A /
// 2, ties upwards, is -3, -1, 0, 1, 1, 2, 3, 5, and halves of that away from zero are -2, -1, 0, 1,
// 1, 1, 2, 3. TOSA (q = 2^30, t = 32) adds 2 and A's sign to A, in quarters, and rounds down: -5,
// -1, 0, 4, 5, 6, 9, 13 give the same codes.
TEST(IntegerKernel, RoundsTiesAsItsKernelDoes) {
  const SiteProgram site(Ties());
  const Tensors feeds{{site.codes, Int8({1, 1, 1, 8}, kTies)}};
  EXPECT_THAT(
      IntegersOf(
          OpenExecutor("integer")->Run(site.program(), feeds, {site.result}).at(site.result)),
      ElementsAre(-2, 0, 0, 0, 0, 1, 2, 2));
  for (const Kernel kernel : kKernels) {
    const Result got = RunOn(kernel, site.program(), feeds, site.result);
    EXPECT_THAT(got.codes, ElementsAre(-2, -1, 0, 1, 1, 1, 2, 3));
    EXPECT_EQ(got.why, "");
  }
}

// relu, clamps and moves behind the conv, in any number: codes 0 .. 2 of the above.
TEST(IntegerKernel, ActivationsAndMovesAreItsPart) {
  SiteSpec spec = Ties();
  SiteProgram made(spec, false);
  const auto relu = made.made.Node("relu", "aten.relu.default", {{"self", made.product}},
                                   FloatType({1, 1, 1, 8}));
  const auto view = made.made.Node("view", "aten.view.default",
                                   {{"self", relu}, {"size", std::vector<std::int64_t>{2, 4}}},
                                   FloatType({2, 4}));
  const auto turned = made.made.Node("turned", "aten.permute.default",
                                     {{"self", view}, {"dims", std::vector<std::int64_t>{1, 0}}},
                                     FloatType({4, 2}));
  const auto clamped =
      made.made.Node("clamped", "aten.hardtanh.default",
                     {{"self", turned}, {"min_val", -3.0}, {"max_val", 7.9}}, FloatType({4, 2}));
  const auto q = made.made.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                                QuantArguments(clamped, spec.output),
                                ir::MakeTensorType(ScalarType::kInt8, {4, 2}));
  made.made.Returning({q});
  for (const Kernel kernel : kKernels) {
    const Result got = RunOn(kernel, made.program(), {{made.codes, Int8({1, 1, 1, 8}, kTies)}}, q);
    EXPECT_THAT(got.codes, ElementsAre(0, 1, 0, 1, 0, 2, 1, 2));  // 7.9 / 4 is 2
    EXPECT_EQ(got.why, "");
  }
}

// A program of `spec` whose bias is int32 codes with a step of its own.
struct BiasedSite {
  BiasedSite(const SiteSpec& spec, const std::vector<std::int32_t>& bias, double step)
      : made(spec, false) {
    const auto channels = static_cast<std::int64_t>(bias.size());
    const auto codes = made.made.Buffer("b", Tensor::Of(ScalarType::kInt32, {channels}, bias));
    const auto real = made.made.Node(
        "dq_b", "quantized_decomposed.dequantize_per_tensor.default",
        QuantArguments(codes, {step, 0, -2147483648, 2147483647, ScalarType::kInt32}),
        FloatType({channels}));
    std::vector<ir::Argument> arguments{{"input", made.x}, {"weight", made.w}, {"bias", real}};
    arguments.insert(arguments.end(), spec.more.begin(), spec.more.end());
    product = made.made.Node("biased", spec.target, arguments, FloatType(spec.output_sizes));
    result = made.made.Node("q", "quantized_decomposed.quantize_per_tensor.default",
                            QuantArguments(product, spec.output),
                            ir::MakeTensorType(spec.output.dtype, spec.output_sizes));
    made.made.Returning({result});
  }

  SiteProgram made;
  ir::ValueId product, result;
};

// S = A + 4 = -2, 2, 3, 5, 6, 7, 10, 14. q31: S / 2, ties upwards, is -1, 1, 2, 3, 3, 4, 5, 7, and
// halves of that away from zero. TOSA: (S + 2 + 1) / 4, or - 1 where S < 0, rounded down. 2^31 - 3
// more leaves int32 from A = 3 on.
TEST(IntegerKernel, TheBiasIsAddedInInt32AndWraps) {
  SiteSpec spec = Ties();
  const Tensor codes = Int8({1, 1, 1, 8}, kTies);
  for (const Kernel kernel : kKernels) {
    const BiasedSite four(spec, {4}, 1.0);
    EXPECT_THAT(RunOn(kernel, four.made.program(), {{four.made.codes, codes}}, four.result).codes,
                ElementsAre(-1, 1, 1, 2, 2, 2, 3, 4));
    const BiasedSite most(spec, {2147483645}, 1.0);
    EXPECT_THAT(RunOn(kernel, most.made.program(), {{most.made.codes, codes}}, most.result).codes,
                ElementsAre(127, 127, 127, 127, 127, -128, -128, -128));
  }
}

TEST(IntegerKernel, SaysWhyAProductHasNone) {
  const auto why = [](const ir::Program& program, ir::ValueId codes, ir::ValueId result) {
    return RunOn(Kernel::kQ31, program, {{codes, Int8({1, 1, 1, 8}, kTies)}}, result).why;
  };
  SiteSpec floats = Ties();
  floats.bias = FloatTensor({1}, {1});
  const SiteProgram with_float(floats);
  EXPECT_EQ(why(with_float.program(), with_float.codes, with_float.result), "its bias is a float");
  const BiasedSite steps(Ties(), {1}, 1.5);
  EXPECT_EQ(why(steps.made.program(), steps.made.codes, steps.result),
            "its bias has other steps than its accumulator");
  SiteSpec wide = Ties();
  wide.output = {4.0, 0, -2147483648, 2147483647, ScalarType::kInt32};
  const SiteProgram with_int32(wide);
  EXPECT_EQ(why(with_int32.program(), with_int32.codes, with_int32.result),
            "its quantizer gives int32");
  SiteSpec fine = Ties();
  fine.output.scale = 0x1p-40;
  const SiteProgram large(fine);
  EXPECT_EQ(why(large.program(), large.codes, large.result),
            "it holds no multiplier of 1.09951e+12");
}

TEST(IntegerKernel, WhatIsGivenInsideASiteCutsIt) {
  const SiteProgram site(Ties());
  const Result got =
      RunOn(Kernel::kQ31, site.program(),
            {{site.product, FloatTensor({1, 1, 1, 8}, {2, 6, 10, 4, 8, -2, -6, 0})}}, site.result);
  EXPECT_THAT(got.codes, ElementsAre(0, 2, 2, 1, 2, 0, -2, 0));  // PyTorch's ties, to even
  EXPECT_EQ(got.why, "a value of its site is given");
}

TEST(IntegerKernel, ConstantsThatAreGivenMakeNone) {
  SiteSpec spec = Ties();
  spec.weight = Int8({2, 1, 1, 1}, {1, 1});
  spec.scales = {1.0, 1.0};
  spec.output_sizes = {1, 2, 1, 8};
  SiteProgram site(spec);
  const ir::Node* maker = site.program().graph.ProducerOf(site.w);
  const auto& params = std::get<ir::DequantizePerChannel>(maker->op).params;
  const Result got =
      RunOn(Kernel::kQ31, site.program(),
            {{site.codes, Int8({1, 1, 1, 8}, kTies)}, {params.scales, FloatTensor({2}, {4, 8})}},
            site.result);
  EXPECT_EQ(got.why, "its weight's scales or its bias are no constants");
  EXPECT_THAT(std::vector(got.codes.begin(), got.codes.begin() + 8),
              ElementsAre(-6, -2, -1, 1, 2, 3, 6, 10));
}

// Two quantizers of one value are two kernels; the conv itself runs only for who fetches it.
TEST(IntegerKernel, EveryQuantizerIsOne) {
  SiteSpec spec = Ties();
  SiteProgram made(spec, false);
  const auto second =
      made.made.Node("second", "quantized_decomposed.quantize_per_tensor.default",
                     QuantArguments(made.product, {2.0, 1, -128, 127, ScalarType::kInt8}),
                     ir::MakeTensorType(ScalarType::kInt8, spec.output_sizes));
  made.made.Returning({made.result, second});
  IntegerKernelExecutor executor(Kernel::kTosa);
  const Tensors out = executor.Run(made.program(), {{made.codes, Int8({1, 1, 1, 8}, kTies)}},
                                   {made.result, second, made.product});
  EXPECT_EQ(executor.Products().size(), 2u);
  EXPECT_THAT(IntegersOf(out.at(made.result)), ElementsAre(-2, -1, 0, 1, 1, 1, 2, 3));
  // A / 2, ties upwards: -3, -1, 0, 1, 1, 2, 3, 5; and the zero point.
  EXPECT_THAT(IntegersOf(out.at(second)), ElementsAre(-2, 0, 1, 2, 2, 3, 4, 6));
  EXPECT_THAT(out.at(made.product).Elements<float>(), ElementsAre(-6, -2, -1, 1, 2, 3, 6, 10));
}

// x = 4, 6 with w = [1, 2] and [3, -1]: 16 and 6, in codes of 4.
TEST(IntegerKernel, LinearAndTransposedConvolutionsAreTaken) {
  SiteSpec linear = Ties();
  linear.target = "aten.linear.default";
  linear.input_sizes = linear.output_sizes = {1, 2};
  linear.weight = Int8({2, 2}, {1, 2, 3, -1});
  linear.scales = {1.0, 1.0};
  const SiteProgram product(linear);
  const Result rows = RunOn(Kernel::kTosa, product.program(),
                            {{product.codes, Int8({1, 2}, {7, 9})}}, product.result);
  EXPECT_EQ(rows.why, "");
  EXPECT_THAT(rows.codes, ElementsAre(4, 2));
  SiteSpec conv = Ties();
  conv.target = "aten.conv_transpose2d.input";
  conv.input_sizes = {1, 1, 1, 2};
  conv.weight = Int8({1, 1, 1, 2}, {1, 2});
  conv.output_sizes = {1, 1, 1, 3};
  const SiteProgram spread(conv);  // 4, 6 with [1, 2]: 4, 8 + 6, 12
  const Result taps = RunOn(Kernel::kTosa, spread.program(),
                            {{spread.codes, Int8({1, 1, 1, 2}, {7, 9})}}, spread.result);
  EXPECT_EQ(taps.why, "");
  EXPECT_THAT(taps.codes, ElementsAre(1, 4, 3));
}

}  // namespace
}  // namespace foldproof::exec
