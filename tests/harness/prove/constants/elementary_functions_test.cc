// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/elementary_functions.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace foldproof::prove {
namespace {

using Kind = ir::Unary::Kind;

std::array<float, 2> Hull(Kind kind, float low, float high,
                          const std::array<double, 3>& parameters = {}) {
  std::array<float, 2> out{};
  ApplyInterval(kind, parameters, {&low, 1}, {&high, 1}, {&out[0], 1}, {&out[1], 1});
  return out;
}

TEST(ApplyInterval, HoldsTheMinimumBetweenTheEnds) {
  // hardswish(-1.5) = -1.5 * 1.5 / 6 = -0.375; at both ends it is 0.
  EXPECT_LE(Hull(Kind::kHardswish, -3, 0)[0], -0.375f);
  // silu is least at -1.2785, where it is -0.278465; silu(-2) = -0.2384, silu(0) = 0.
  EXPECT_LE(Hull(Kind::kSilu, -2, 0)[0], -0.278464f);
  EXPECT_LE(Hull(Kind::kMish, -2, 0)[0], -0.308843f);
  EXPECT_LE(Hull(Kind::kGelu, -2, 0)[0], -0.169971f);
  EXPECT_LE(Hull(Kind::kGeluTanh, -2, 0)[0], -0.170040f);
  // |x| from -1 to 2.
  EXPECT_LE(Hull(Kind::kAbs, -1, 2)[0], 0.0f);
  EXPECT_GE(Hull(Kind::kAbs, -1, 2)[1], 2.0f);
}

TEST(ApplyInterval, HoldsBothSidesOfASoftplusThatJumps) {
  // softplus with beta 1 and threshold 0 is log(1 + e^x) up to 0, log(2) = 0.693147 there, and x
  // above.
  const auto hull = Hull(Kind::kSoftplus, -1, 0.25f, {1, 0, 0});
  EXPECT_LE(hull[0], 0x1p-149f);
  EXPECT_GE(hull[1], 0.693147f);
  EXPECT_LE(hull[1], 0.6932f);
}

TEST(ApplyInterval, IsUnboundedAroundAPole) {
  EXPECT_TRUE(std::isinf(Hull(Kind::kReciprocal, -1, 1)[0]));
  EXPECT_TRUE(std::isinf(Hull(Kind::kReciprocal, -1, 1)[1]));
}

}  // namespace
}  // namespace foldproof::prove
