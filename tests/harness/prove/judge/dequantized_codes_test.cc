// SPDX-License-Identifier: BSD-3-Clause
//
// Frontiers of dequantized codes: what is said of them holds for the float32 numbers
// f32(f32(f32(q) - f32(z)) * f32(s)) that PyTorch gives, by a loop of plain floats written here.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::dequantized_codes_test {
namespace {

ir::QuantParams Int32(double scale, std::int64_t zero_point) {
  return {scale, zero_point, -2147483648, 2147483647, ir::ScalarType::kInt32};
}

// v = A * step for A = -128 .. 127, plus what after's bias adds.
ConvSpec Spec(double step, std::optional<float> bias = std::nullopt) {
  ConvSpec spec;
  spec.input = Int8(step, 0);
  if (bias) spec.bias = std::vector<float>{*bias};
  return spec;
}

ir::Program Stepped(const ConvSpec& spec, const ir::QuantParams& params) {
  ConvProgram p(spec);
  return p.Return({p.Step(p.conv(), params)});
}

float Dequantized(float v, const ir::QuantParams& params) {
  const auto inverse = static_cast<float>(1 / params.scale);
  const auto z = static_cast<float>(params.zero_point);
  const float code =
      std::clamp(std::nearbyint(v * inverse) + z, static_cast<float>(params.quant_min),
                 static_cast<float>(params.quant_max));
  return (code - z) * static_cast<float>(params.scale);
}

// The largest difference of the floats, in LSB.
double Seen(double step, float bias, const ir::QuantParams& params) {
  double most = 0;
  for (int a = -128; a <= 127; ++a) {
    const double product = a * static_cast<double>(static_cast<float>(step));
    const float before = Dequantized(static_cast<float>(product), params);
    const float after =
        Dequantized(static_cast<float>(product + static_cast<double>(bias)), params);
    most = std::max(most, std::abs(static_cast<double>(after) - static_cast<double>(before)));
  }
  return most / params.scale;
}

TailVerdict Judge(double step, float bias, const ir::QuantParams& params,
                  std::optional<double> tolerance = std::nullopt) {
  const SidePair pair(Stepped(Spec(step), params), Stepped(Spec(step, bias), params));
  ProveOptions options;
  options.judge.domain = Domain::kReachable;
  options.judge.tolerance_lsb = tolerance;
  options.judge.ideal_gap_lsb = std::nullopt;
  return pair.Judge(options).verification.sites.at(0).tails.at(0);
}

// |v| < 0.9, whose codes are 2^30 +- 9e8: neighbouring float32 codes are 64 and 128 apart, numbers
// behind the dequantize up to 59.6 LSB.
TEST(DequantizedCodes, OfInt32AreComparedAsFloats) {
  const ir::QuantParams params = Int32(1e-9, std::int64_t{1} << 30);
  for (const float bias : {1e-7f, 1.3e-7f, 3e-7f, 1e-6f}) {
    const double seen = Seen(0.007, bias, params);
    const TailVerdict tail = Judge(0.007, bias, params);
    EXPECT_NEAR(tail.channels.at(0).reachable.lsb, seen, 1e-9 * seen) << bias;
    EXPECT_NE(std::fmod(seen, 1), 0) << bias;  // no whole number of codes
  }
}

// What a right fold may cost covers what the codes and their floats round: a bias of a float32 that
// is off by one rounding moves no output by more.
TEST(DequantizedCodes, OfInt32AreAllowedWhatFloat32Rounds) {
  const ir::QuantParams params = Int32(1e-9, std::int64_t{1} << 30);
  const TailVerdict tail = Judge(0.007, 1e-9f, params);
  EXPECT_GT(tail.channels.at(0).reachable.lsb, 50);
  EXPECT_GE(tail.channels.at(0).tolerance.lsb, tail.channels.at(0).reachable.lsb);
  EXPECT_EQ(tail.verdict, Verdict::kWithin);
}

// One code of int16 is 1 LSB and what the float32 products round, which a tolerance of 1 allows.
TEST(DequantizedCodes, OfInt16AreComparedAsFloatsAndHeldToCodes) {
  const ir::QuantParams params = Int16(0.01, -3);
  const double seen = Seen(2.5, 0.01f, params);
  EXPECT_GT(seen, 1.0001);
  EXPECT_LT(seen, 1.01);
  const TailVerdict tail = Judge(2.5, 0.01f, params, 1.0);
  EXPECT_NEAR(tail.channels.at(0).reachable.lsb, seen, 1e-9);
  EXPECT_EQ(tail.verdict, Verdict::kWithin);
  EXPECT_GT(tail.channels.at(0).allowed_lsb, seen);
  EXPECT_LT(tail.channels.at(0).allowed_lsb, 1.0625);
  EXPECT_EQ(Judge(2.5, 0.02f, params, 1.0).verdict, Verdict::kDiffers);
}

TEST(DequantizedCodes, OfEightBitsAreCountedInCodes) {
  EXPECT_EQ(Judge(0.5, 0.25f, Int8(0.25, 3)).channels.at(0).reachable.lsb, 1);
  EXPECT_EQ(Judge(0.5, 0.1f, UInt8(0.1, 128)).channels.at(0).reachable.lsb, 1);
}

// Codes less 2^30 are rounded to multiples of 64, so that one code may be 64 LSB.
TEST(DequantizedCodes, FarFromTheirZeroPointAreComparedAsFloats) {
  ConvProgram b(Spec(0.5)), a(Spec(0.5, 0.25f));
  const ir::QuantParams far = Int8(0.25, std::int64_t{1} << 30);
  const auto step = [&](ConvProgram& p) {
    return p.Return({p.Dequantize(p.Quantize(p.conv(), Int8(0.25, 0)), far)});
  };
  const SidePair pair(step(b), step(a));
  const TailVerdict tail = pair.Judge().verification.sites.at(0).tails.at(0);
  EXPECT_EQ(tail.channels.at(0).reachable.lsb, 64);
}

}  // namespace
}  // namespace foldproof::prove::dequantized_codes_test
