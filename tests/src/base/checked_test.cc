// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/checked.h"

#include <gtest/gtest.h>

#include <limits>

namespace foldproof {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST(Checked, AddsWhatFits) {
  EXPECT_EQ(CheckedAdd(kMost - 1, 1), kMost);
  EXPECT_EQ(CheckedAdd(kMost, 1), std::nullopt);
  EXPECT_EQ(CheckedAdd(kLeast, -1), std::nullopt);
}

TEST(Checked, MultipliesWhatFits) {
  EXPECT_EQ(CheckedMultiply(std::int64_t{1} << 31, std::int64_t{1} << 31), std::int64_t{1} << 62);
  EXPECT_EQ(CheckedMultiply(std::int64_t{1} << 32, std::int64_t{1} << 31), std::nullopt);
  EXPECT_EQ(CheckedMultiply(kLeast, -1), std::nullopt);
}

}  // namespace
}  // namespace foldproof
