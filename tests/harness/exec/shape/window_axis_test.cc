// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/shape/window_axis.h"

#include <gtest/gtest.h>

#include "tests/harness/exec/code_tensors.h"

namespace foldproof::exec {
namespace {

bool IsIn(const WindowAxis::Range& range, std::int64_t number) {
  return number >= range.begin && number < range.end;
}

// Holds both ranges of one axis to every pair of an output and a tap.
void CheckRanges(const WindowAxis& axis) {
  for (std::int64_t output = 0; output < axis.out; ++output) {
    for (std::int64_t tap = 0; tap < axis.taps; ++tap) {
      const std::int64_t position = output * axis.stride + tap * axis.dilation - axis.padding;
      const bool inside = position >= 0 && position < axis.in;
      ASSERT_EQ(axis.PositionOf(output, tap), position);
      ASSERT_EQ(IsIn(axis.OutputsInside(tap), output), inside) << output << " " << tap;
      ASSERT_EQ(IsIn(axis.TapsInside(output), tap), inside) << output << " " << tap;
    }
  }
}

// Every axis of small numbers.
TEST(WindowAxis, RangesAreWhatLiesInside) {
  int axes = 0;
  for (std::int64_t code = 0; code < 7 * 4 * 3 * 4 * 3; ++code) {
    const WindowAxis asked{code % 7,      code / 7 % 4 + 1,   code / 28 % 3 + 1,
                           code / 84 % 4, code / 336 % 3 + 1, 0};
    if (asked.in + 2 * asked.padding < asked.dilation * (asked.taps - 1) + 1) continue;
    const WindowAxis axis = MakeWindowAxis(asked, false);
    // The last window fits and one more would not.
    const std::int64_t span = asked.dilation * (asked.taps - 1) + 1;
    ASSERT_LE((axis.out - 1) * axis.stride + span, axis.in + 2 * axis.padding);
    ASSERT_GT(axis.out * axis.stride + span, axis.in + 2 * axis.padding);
    CheckRanges(axis);
    CheckRanges(MakeWindowAxis(asked, true));
    ++axes;
  }
  EXPECT_GT(axes, 500);
}

TEST(WindowAxis, NumbersOfTheLargestSizeDoNotOverflow) {
  constexpr std::int64_t kMost = 2147483647;
  const WindowAxis axis = MakeWindowAxis({kMost, 2, 1, kMost, kMost, 0}, false);
  EXPECT_EQ(axis.out, 2 * kMost);  // 3 kMost - kMost - 1 + 1
  EXPECT_EQ(axis.OutputsInside(1).begin, 0);
  EXPECT_EQ(axis.OutputsInside(1).end, kMost);
  EXPECT_NE(Refusal([] { MakeWindowAxis({kMost, kMost, 1, 0, kMost, 0}, false); }), "");
  EXPECT_NE(Refusal([] { MakeWindowAxis({kMost + 1, 1, 1, 0, 1, 0}, false); }), "");
}

}  // namespace
}  // namespace foldproof::exec
