// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exec/fused/fused_ops.h"
#include "tests/harness/exec/code_tensors.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::int64_t> kNine{1, 2, 3, 4, 5, 6, 7, 8, 9};

TEST(QuantizedMaxPool, TakesTheLargestCode) {
  const Tensor out = QuantizedMaxPool(Int8({1, 1, 3, 3}, kNine), {{2}, {1}, {0}, {1}, false});
  EXPECT_THAT(out.sizes, ElementsAre(1, 1, 2, 2));
  EXPECT_THAT(IntegersOf(out), ElementsAre(5, 6, 8, 9));
}

TEST(QuantizedMaxPool, WithoutAStrideWindowsDoNotOverlap) {
  const Tensor out = QuantizedMaxPool(UInt8({1, 3, 3}, kNine), {{2, 1}, {}, {0}, {1}, false});
  EXPECT_THAT(out.sizes, ElementsAre(1, 1, 3));
  EXPECT_THAT(IntegersOf(out), ElementsAre(4, 5, 6));
}

// Padding is no code: a window of negative codes keeps its largest.
TEST(QuantizedMaxPool, PaddingIsNeverTheLargest) {
  const Tensor x = Int8({1, 2, 2}, {-9, -8, -7, -6});
  EXPECT_THAT(IntegersOf(QuantizedMaxPool(x, {{2}, {1}, {1}, {1}, false})),
              ElementsAre(-9, -8, -8, -7, -6, -6, -7, -6, -6));
}

// Rows 0, 1, 2 in windows of two, one of them half outside.
TEST(QuantizedMaxPool, CeilModeKeepsAPartialWindow) {
  EXPECT_THAT(
      IntegersOf(QuantizedMaxPool(Int8({1, 3, 3}, kNine), {{2, 3}, {2, 3}, {0}, {1}, true})),
      ElementsAre(6, 9));
  // With the padding of 1 a third window would begin at row 3, behind the input.
  EXPECT_THAT(
      QuantizedMaxPool(Int8({1, 3, 1}, {1, 2, 3}), {{2, 1}, {2, 1}, {1, 0}, {1}, true}).sizes,
      ElementsAre(1, 2, 1));
}

// The taps of the first window stand at -1 and 2 beside rows 0 and 1; PyTorch gives the lowest
// code.
TEST(QuantizedMaxPool, AWindowOfPaddingAloneIsTheLowestCode) {
  const PoolParams params{{2, 1}, {1}, {1, 0}, {3, 1}, false};
  EXPECT_THAT(IntegersOf(QuantizedMaxPool(Int8({1, 2, 1}, {5, 6}), params)), ElementsAre(-128));
  EXPECT_THAT(IntegersOf(QuantizedMaxPool(UInt8({1, 2, 1}, {5, 6}), params)), ElementsAre(0));
}

TEST(QuantizedMaxPool, DilatesItsWindow) {
  EXPECT_THAT(IntegersOf(QuantizedMaxPool(Int8({1, 1, 5}, {9, 1, 2, 8, 3}),
                                          {{1, 2}, {1}, {0}, {1, 2}, false})),
              ElementsAre(9, 8, 3));
}

// A kernel of 2^31 - 1 taps costs what lies inside the input.
TEST(QuantizedMaxPool, AHugeKernelIsCutToTheInput) {
  constexpr std::int64_t kHuge = 2147483647;
  const PoolParams params{{kHuge}, {1}, {kHuge / 2}, {1}, false};
  EXPECT_THAT(IntegersOf(QuantizedMaxPool(Int8({1, 3, 3}, kNine), params)),
              ElementsAre(9, 9, 9, 9, 9, 9, 9, 9, 9));
}

TEST(QuantizedMaxPool, RefusesWhatDoesNotFit) {
  const Tensor x = Int8({1, 3, 3}, kNine);
  const auto why_not = [&](const PoolParams& params) {
    return Refusal([&] { QuantizedMaxPool(x, params); });
  };
  EXPECT_EQ(why_not({{2}, {1}, {1}, {1}, false}), "");
  EXPECT_THAT(why_not({{2}, {1}, {2}, {1}, false}), HasSubstr("half the kernel"));
  EXPECT_THAT(why_not({{0}, {1}, {0}, {1}, false}), HasSubstr("kernel size"));
  EXPECT_THAT(why_not({{-2}, {1}, {-2}, {1}, false}), HasSubstr(", not -2"));
  EXPECT_THAT(why_not({{2}, {0}, {0}, {1}, false}), HasSubstr("stride"));
  EXPECT_THAT(why_not({{2}, {1}, {0}, {0}, false}), HasSubstr("dilation"));
  EXPECT_THAT(why_not({{4}, {1}, {0}, {1}, false}), HasSubstr("does not fit"));
  EXPECT_THAT(why_not({{}, {1}, {0}, {1}, false}), HasSubstr("1 or 2 numbers, not 0"));
  EXPECT_THAT(why_not({{2, 2, 2}, {1}, {0}, {1}, false}), HasSubstr("1 or 2 numbers, not 3"));
  EXPECT_THAT(why_not({{std::int64_t{1} << 62}, {1}, {0}, {1}, false}), HasSubstr("kernel size"));
  const Tensor floats = Tensor::Of<float>(ScalarType::kFloat32, {1, 1, 1}, {0});
  const PoolParams plain{{1}, {1}, {0}, {1}, false};
  EXPECT_THAT(Refusal([&] { QuantizedMaxPool(floats, plain); }), HasSubstr("float32"));
  EXPECT_THAT(Refusal([&] { QuantizedMaxPool(Bias({1}), plain); }), HasSubstr("dimensions"));
}

}  // namespace
}  // namespace foldproof::exec
