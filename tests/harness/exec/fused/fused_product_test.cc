// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exec/fused/fused_ops.h"
#include "tests/harness/exec/code_tensors.h"

namespace foldproof::exec::fused_product_test {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Multiplier kOne{-(std::int64_t{1} << 30), 1};   // a ratio of 1
constexpr Multiplier kHalf{-(std::int64_t{1} << 30), 0};  // 0.5

TEST(OutScaleOf, IsOneOverTheNegatedFixedPointRatio) {
  EXPECT_EQ(OutScaleOf(kOne), 1.0);
  EXPECT_EQ(OutScaleOf(kHalf), 2.0);
  EXPECT_EQ(OutScaleOf({-(std::int64_t{1} << 31), -3}), 8.0);
  EXPECT_EQ(OutScaleOf({std::int64_t{1} << 30, 1}), -1.0);  // as QuantFusionPass writes it
}

TEST(OutScaleOf, RefusesWhatPythonCannotDivideBy) {
  EXPECT_THAT(Refusal([] { OutScaleOf({0, 1}); }), HasSubstr("which is 0"));
  EXPECT_THAT(Refusal([] { OutScaleOf({-1, -5000}); }), HasSubstr("which is 0"));
  EXPECT_THAT(Refusal([] { OutScaleOf({-1, 1024}); }), HasSubstr("above 1023"));
  constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
  EXPECT_THAT(Refusal([] { OutScaleOf({kLowest, kLowest}); }), HasSubstr("which is 0"));
  EXPECT_EQ(OutScaleOf({kLowest, 1023}), 0.0);  // 1 / infinity; to be divided by, it is refused
}

// x - 1: 0 1 2; w - 1: 0 1 2 and 3 4 5; sums 5 and 14, with the bias 7 and 13; halved 3.5 and 6.5,
// ties to even 4 and 6; and the zero point -3.
TEST(QuantizedLinear, ShiftsSumsScalesAndRoundsHalfToEven) {
  const Tensor x = Int8({3}, {1, 2, 3});
  const Tensor w = Int8({2, 3}, {1, 2, 3, 4, 5, 6});
  const ProductParams params{1, 1, kHalf, -3};
  EXPECT_THAT(IntegersOf(QuantizedLinear(x, w, Bias({2, -1}), params)), ElementsAre(1, 3));
}

// The multiplier as QuantFusionPass writes it turns the sign: -3.5 and -6.5.
TEST(QuantizedLinear, APositiveMultiplierTurnsTheSign) {
  const Tensor x = Int8({3}, {1, 2, 3});
  const Tensor w = Int8({2, 3}, {1, 2, 3, 4, 5, 6});
  const ProductParams params{1, 1, {std::int64_t{1} << 30, 0}, -3};
  EXPECT_THAT(IntegersOf(QuantizedLinear(x, w, Bias({2, -1}), params)), ElementsAre(-7, -9));
}

TEST(QuantizedLinear, KeepsLeadingDimensionsAndSaturates) {
  const Tensor x = Int8({2, 1, 2}, {1, 2, 100, 100});
  const Tensor w = Int8({3, 2}, {1, 0, 0, 1, -1, -1});
  const Tensor out = QuantizedLinear(x, w, Bias({0}), {0, 0, kOne, 0});  // one bias for all
  EXPECT_THAT(out.sizes, ElementsAre(2, 1, 3));
  EXPECT_THAT(IntegersOf(out), ElementsAre(1, 2, -3, 100, 100, -128));
}

TEST(QuantizedLinear, RefusesWhatDoesNotFit) {
  const Tensor x = Int8({1, 2}, {1, 2});
  const Tensor w = Int8({3, 2}, {1, 1, 1, 1, 1, 1});
  const auto why_not = [](const Tensor& input, const Tensor& weight, const Tensor& bias,
                          const ProductParams& params) {
    return Refusal([&] { QuantizedLinear(input, weight, bias, params); });
  };
  const ProductParams plain{0, 0, kOne, 0};
  EXPECT_EQ(why_not(x, w, Bias({0, 0, 0}), plain), "");
  EXPECT_THAT(why_not(x, Int8({6}, {1, 1, 1, 1, 1, 1}), Bias({0}), plain), HasSubstr("[N, K]"));
  EXPECT_THAT(why_not(Int8({1, 3}, {1, 2, 3}), w, Bias({0}), plain), HasSubstr("[N, K]"));
  EXPECT_THAT(why_not(Int8({}, {1}), w, Bias({0}), plain), HasSubstr("[N, K]"));
  EXPECT_THAT(why_not(x, w, Bias({0, 0}), plain), HasSubstr("a bias of 3"));
  EXPECT_THAT(why_not(x, w, Int8({3}, {0, 0, 0}), plain), HasSubstr("int32"));
  EXPECT_THAT(why_not(x, w, Bias({0}), {0, 0, {0, 0}, 0}), HasSubstr("which is 0"));
  EXPECT_THAT(why_not(x, w, Bias({0}), {-129, 0, kOne, 0}), HasSubstr("zero point -129"));
  const std::int64_t rows = 1 << 14;
  const std::vector<std::int64_t> ones(static_cast<std::size_t>(rows), 1);
  EXPECT_THAT(why_not(Int8({rows, 1}, ones), Int8({rows, 1}, ones), Bias({0}), plain),
              HasSubstr("more than 67108864"));
}

// [1 2; 3 4] times [5 6; 7 8] = [19 22; 43 50]; transposed, [17 23; 39 53].
TEST(QuantizedMatmul, RowsTimesColumns) {
  const Tensor a = Int8({2, 2}, {1, 2, 3, 4});
  const Tensor b = Int8({2, 2}, {5, 6, 7, 8});
  EXPECT_THAT(IntegersOf(QuantizedMatmul(a, b, false, {0, 0, kOne, 0})),
              ElementsAre(19, 22, 43, 50));
  EXPECT_THAT(IntegersOf(QuantizedMatmul(a, b, true, {0, 0, kOne, 0})),
              ElementsAre(17, 23, 39, 53));
}

// One [1, 2] for both batches of [2, 1]: 1 * 5 + 2 * 6, 1 * 7 + 2 * 8; zero points 1 shift all.
TEST(QuantizedMatmul, BatchesBroadcast) {
  const Tensor a = Int8({1, 2}, {2, 3});
  const Tensor b = UInt8({2, 2, 1}, {6, 7, 8, 9});
  const Tensor out = QuantizedMatmul(a, b, false, {1, 1, kOne, 2});
  EXPECT_THAT(out.sizes, ElementsAre(2, 1, 1));
  EXPECT_THAT(IntegersOf(out), ElementsAre(19, 25));
}

TEST(QuantizedMatmul, RefusesWhatDoesNotFit) {
  const auto why_not = [](const Tensor& a, const Tensor& b) {
    return Refusal([&] { QuantizedMatmul(a, b, false, {0, 0, kOne, 0}); });
  };
  EXPECT_THAT(why_not(Int8({2}, {1, 2}), Int8({2, 1}, {1, 2})), HasSubstr("matrices"));
  EXPECT_THAT(why_not(Int8({1, 2}, {1, 2}), Int8({1, 2}, {1, 2})), HasSubstr("as long as"));
  EXPECT_THAT(why_not(Int8({2, 1, 1}, {1, 2}), Int8({3, 1, 1}, {1, 2, 3})), HasSubstr("broadcast"));
}

}  // namespace
}  // namespace foldproof::exec::fused_product_test
