// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/requantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace foldproof::exec {
namespace {

constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

Requantizer Q31(double real) { return Requantizer::Make(Kernel::kQ31, real).value(); }
Requantizer Tosa(double real) { return Requantizer::Make(Kernel::kTosa, real).value(); }

// Worked out by hand. M = 3/8 is 0.75 * 2^-1: the first rounding is to halves of a code.
TEST(Requantizer, ThreeEighthsByHand) {
  // 1: 0.75 of a half rounds to 1 half, which rounds away from zero, to 1. (Rounded once, it is 0.)
  EXPECT_EQ(Q31(0.375)(1), 1);
  EXPECT_EQ(Q31(0.375)(-1), -1);
  EXPECT_EQ(Q31(0.375)(3), 1);    // 2.25 halves: 2: 1
  EXPECT_EQ(Q31(0.375)(2), 1);    // 1.5 halves tie upwards to 2
  EXPECT_EQ(Q31(0.375)(-2), -1);  // -1.5 halves tie upwards to -1: away from zero: -1
  EXPECT_EQ(Q31(0.375)(4), 2);    // 3 halves, away from zero
  EXPECT_EQ(Q31(0.375)(-4), -2);
  // TOSA: shift 32; floor(0.375 a + 1/2 +- 1/4).
  EXPECT_EQ(Tosa(0.375)(1), 1);    // 1.125
  EXPECT_EQ(Tosa(0.375)(-1), -1);  // -0.125
  EXPECT_EQ(Tosa(0.375)(2), 1);    // 1.5
  EXPECT_EQ(Tosa(0.375)(-2), -1);  // -0.5
  EXPECT_EQ(Tosa(0.375)(4), 2);    // 2.25
  EXPECT_EQ(Tosa(0.375)(-4), -2);  // -1.25
}

TEST(Requantizer, HalfIsShiftedNowhere) {
  // M = 1/2 is 2^30 * 2^-31: one rounding, ties upwards, in both.
  for (const Requantizer& r : {Q31(0.5), Tosa(0.5)}) {
    EXPECT_EQ(r(1), 1);
    EXPECT_EQ(r(-1), 0);
    EXPECT_EQ(r(3), 2);
    EXPECT_EQ(r(-3), -1);
    EXPECT_EQ(r.first_rounding(), 0.0);
  }
}

TEST(Requantizer, AQuarterShowsTheTwoRoundings) {
  // M = 1/4: the first rounding is to halves: exact for even a. Then away from zero; TOSA upwards,
  // with 1/4 more in a's direction.
  EXPECT_EQ(Q31(0.25)(2), 1);
  EXPECT_EQ(Q31(0.25)(-2), -1);
  EXPECT_EQ(Tosa(0.25)(2), 1);
  EXPECT_EQ(Tosa(0.25)(-2), -1);  // floor(-0.5 + 0.5 - 0.25)
  EXPECT_EQ(Q31(0.25)(1), 1);     // half of a half ties upwards
  EXPECT_EQ(Q31(0.25)(-1), 0);
  EXPECT_EQ(Tosa(0.25)(1), 1);
  EXPECT_EQ(Tosa(0.25)(-1), 0);  // floor(-0.25 + 0.5 - 0.25)
  EXPECT_EQ(Q31(0.25).first_rounding(), 0.25);
  EXPECT_EQ(Tosa(0.25).first_rounding(), 0.25);
}

TEST(Requantizer, AMultiplierThatRoundsToOneTakesTheNextExponent) {
  // 1 - 2^-40 has the mantissa 2^31 after rounding: 2^30 and an exponent of 1.
  EXPECT_EQ(Q31(1 - 0x1p-40).multiplier(), 1.0);
  EXPECT_EQ(Tosa(1 - 0x1p-40).multiplier(), 1.0);
}

TEST(Requantizer, SmallMultipliersBecomeZeroOrLoseBits) {
  EXPECT_EQ(Q31(0x1p-32).multiplier(), 0x1p-32);  // 0.5 * 2^-31
  EXPECT_EQ(Q31(0x1p-33).multiplier(), 0.0);
  EXPECT_EQ(Q31(0x1p-33)(kMost), 0);
  EXPECT_EQ(Q31(0.0)(kMost), 0);
  EXPECT_EQ(Tosa(0x1p-32).multiplier(), 0x1p-32);
  EXPECT_EQ(Tosa(0x1p-40).multiplier(), 0x1p-40);
  // 1.5 * 2^-62 has one bit left at a shift of 62; 2^-63 none.
  EXPECT_EQ(Tosa(1.5 * 0x1p-62).multiplier(), 0x1p-62);
  EXPECT_EQ(Tosa(0x1p-63).multiplier(), 0.0);
  EXPECT_EQ(Tosa(1e-300)(kLeast), 0);
}

TEST(Requantizer, RefusesWhatHasNoIntegers) {
  for (const Kernel kernel : {Kernel::kQ31, Kernel::kTosa}) {
    for (const double real :
         {-0.5, std::nan(""), std::numeric_limits<double>::infinity(), 0x1p30}) {
      EXPECT_FALSE(Requantizer::Make(kernel, real)) << real;
    }
  }
  EXPECT_TRUE(Requantizer::Make(Kernel::kQ31, 0x1p29));
  EXPECT_FALSE(Requantizer::Make(Kernel::kTosa, 0x1p29));
  EXPECT_TRUE(Requantizer::Make(Kernel::kTosa, 0x1p28));
}

TEST(Requantizer, LargeMultipliersAreDefinedWhereTheProductFits) {
  // M = 6 is 0.75 * 2^3.
  EXPECT_EQ(Q31(6)(100), 600);
  EXPECT_TRUE(Q31(6).IsDefined((1 << 28) - 1));
  EXPECT_FALSE(Q31(6).IsDefined(1 << 28));
  EXPECT_TRUE(Q31(6).IsDefined(-(1 << 28)));
  EXPECT_EQ(Q31(6)(1 << 28), -1610612736);  // 2^31 wraps to -2^31, * 0.75
  EXPECT_TRUE(Tosa(6).IsDefined((1 << 27) - 1));
  EXPECT_FALSE(Tosa(6).IsDefined(1 << 27));
  EXPECT_TRUE(Q31(0.7).IsDefined(kLeast));
  EXPECT_FALSE(Tosa(0.7).IsDefined(kLeast));  // shift 31: 2^30 is the end
  EXPECT_TRUE(Tosa(0.3).IsDefined(kLeast));
}

TEST(Requantizer, BoundsOfAnActivationRoundHalfAwayFromZero) {
  EXPECT_EQ(CodeOfBound(0.0, 0.1, -7), -7);
  EXPECT_EQ(CodeOfBound(1.25, 0.5, 10), 13);
  EXPECT_EQ(CodeOfBound(-1.25, 0.5, 10), 7);
  // 6 / f32(0.047244094...) in float32 is 127.00000: float64 has 127.0000001.
  EXPECT_EQ(CodeOfBound(6.0, 6.0 / 127, -128), -1);
  EXPECT_EQ(CodeOfBound(std::numeric_limits<double>::infinity(), 1.0, 0), std::int64_t{1} << 40);
  EXPECT_EQ(CodeOfBound(-std::numeric_limits<double>::infinity(), 1.0, 0),
            -(std::int64_t{1} << 40));
}

TEST(Requantizer, TheRealMultiplierIsMadeOfFloat32Scales) {
  const double third = static_cast<double>(1.0f / 3.0f);
  const double tenth = static_cast<double>(0.1f);
  EXPECT_EQ(RealMultiplier(1.0 / 3.0, 1.0, 0.1), third / tenth);
  EXPECT_NE(RealMultiplier(1.0 / 3.0, 1.0, 0.1), 1.0 / 3.0 / 0.1);
}

// The same in exact rational arithmetic: numbers are numerators over a power of two.
__extension__ typedef __int128 Wide;

Wide FloorShift(Wide x, int n) {
  const Wide unit = Wide{1} << n;
  Wide quotient = x / unit;
  if (quotient * unit > x) --quotient;
  return quotient;
}
// x / 2^n to nearest; ties upwards, or away from zero.
Wide Nearest(Wide x, int n, bool away) {
  if (n == 0) return x;
  if (away && x < 0) return -Nearest(-x, n, true);
  return FloorShift(2 * x + (Wide{1} << n), n + 1);
}

struct Integers {
  Wide q;
  int exponent;
};
Integers IntegersOf(double real) {
  int exponent = 0;
  const double mantissa = std::frexp(real, &exponent);
  Wide q = static_cast<Wide>(mantissa * 0x1p53);  // all of its bits
  q = Nearest(q, 22, true);
  if (q == Wide{1} << 31) return {q / 2, exponent + 1};
  return {q, exponent};
}

Wide ExactQ31(std::int32_t a, double real) {
  const auto [q, exponent] = IntegersOf(real);
  if (exponent < -31) return 0;
  const int left = std::max(exponent, 0);
  const Wide first = Nearest((Wide{a} << left) * q, 31, false);
  return Nearest(first, std::max(-exponent, 0), true);
}

Wide ExactTosa(std::int32_t a, double real) {
  auto [q, exponent] = IntegersOf(real);
  int shift = 31 - exponent;
  if (shift > 62) {
    q = FloorShift(q, std::min(31, shift - 62));
    shift = 62;
  }
  Wide twice = 2 * Wide{a} * q + (Wide{1} << shift);
  if (shift > 31) twice += (a >= 0 ? Wide{1} : Wide{-1}) << 31;
  return FloorShift(twice, shift + 1);
}

class Sampler {
 public:
  std::int32_t Accumulator() {
    switch (random_() % 4) {
      case 0: return static_cast<std::int32_t>(random_());
      case 1: return static_cast<std::int32_t>(random_() % 4001) - 2000;
      case 2: return kMost - static_cast<std::int32_t>(random_() % 3);
      default: return kLeast + static_cast<std::int32_t>(random_() % 3);
    }
  }
  double Multiplier() {
    const double mantissa = std::uniform_real_distribution<double>(0.5, 1.0)(random_);
    // Powers of two and their neighbours come often.
    const double chosen = random_() % 4 == 0 ? 0.5 : random_() % 4 == 0 ? 1 - 0x1p-33 : mantissa;
    return std::ldexp(chosen, static_cast<int>(random_() % 70) - 60);
  }

 private:
  std::mt19937 random_{20260101};
};

TEST(Requantizer, AgreesWithExactRationalArithmetic) {
  Sampler sampler;
  std::int64_t checked = 0;
  for (int i = 0; i < 200000; ++i) {
    const double real = sampler.Multiplier();
    const std::int32_t a = sampler.Accumulator();
    const auto q31 = Requantizer::Make(Kernel::kQ31, real);
    if (q31 && q31->IsDefined(a)) {
      ASSERT_EQ((*q31)(a), static_cast<std::int64_t>(ExactQ31(a, real))) << real << " " << a;
      ++checked;
    }
    const auto tosa = Requantizer::Make(Kernel::kTosa, real);
    if (tosa && tosa->IsDefined(a)) {
      ASSERT_EQ((*tosa)(a), static_cast<std::int64_t>(ExactTosa(a, real))) << real << " " << a;
      // The specification demands that the result is an int32.
      ASSERT_GE((*tosa)(a), kLeast);
      ASSERT_LE((*tosa)(a), kMost);
      ++checked;
    }
  }
  EXPECT_GT(checked, 200000);
}

// |result - a * multiplier| <= first rounding + 1/2, the bound that the derived tolerance rests on,
// and a larger accumulator never gives a smaller code.
TEST(Requantizer, StaysWithinItsTwoRoundingsAndIsMonotone) {
  Sampler sampler;
  for (int i = 0; i < 100000; ++i) {
    const double real = sampler.Multiplier();
    const std::int32_t a = sampler.Accumulator();
    for (const Kernel kernel : {Kernel::kQ31, Kernel::kTosa}) {
      const auto r = Requantizer::Make(kernel, real);
      if (!r || !r->IsDefined(a)) continue;
      const long double exact = static_cast<long double>(a) * r->multiplier();
      const long double off = std::abs(static_cast<long double>((*r)(a)) - exact);
      ASSERT_LE(off, 0.5L + r->first_rounding()) << NameOf(kernel) << " " << real << " " << a;
      if (r->multiplier() > 0x1p-32) {
        ASSERT_LE(std::abs(r->multiplier() - real), real * 0x1p-31) << NameOf(kernel) << real;
      }
      if (a == kMost || !r->IsDefined(a + 1)) continue;
      ASSERT_LE((*r)(a), (*r)(a + 1)) << NameOf(kernel) << a;
    }
  }
}

// From -300 to 300, where the signs change and every tie is near.
TEST(Requantizer, IsMonotoneAroundZero) {
  for (const Kernel kernel : {Kernel::kQ31, Kernel::kTosa}) {
    for (const double real : {0.5, 0.25, 0.375, 0.0078125, 0.013, 0.9999, 1.5}) {
      const Requantizer r = Requantizer::Make(kernel, real).value();
      for (std::int32_t a = -300; a < 300; ++a) EXPECT_LE(r(a), r(a + 1)) << real << " " << a;
    }
  }
}

}  // namespace
}  // namespace foldproof::exec
