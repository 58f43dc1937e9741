// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/kernel_errors.h"
#include "tests/paths.h"

namespace foldproof::prove {
namespace {

using Kind = ir::Unary::Kind;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::array<double, 3> kNone{};

const std::map<std::string, std::pair<Kind, std::array<double, 3>>> kFunctions{
    {"sigmoid", {Kind::kSigmoid, kNone}}, {"silu", {Kind::kSilu, kNone}},
    {"tanh", {Kind::kTanh, kNone}},       {"erf", {Kind::kErf, kNone}},
    {"gelu", {Kind::kGelu, kNone}},       {"gelu-tanh", {Kind::kGeluTanh, kNone}},
    {"mish", {Kind::kMish, kNone}},       {"softplus", {Kind::kSoftplus, {1, 20}}},
    {"elu", {Kind::kElu, {1, 1, 1}}},     {"exp", {Kind::kExp, kNone}},
    {"sqrt", {Kind::kSqrt, kNone}},       {"expm1", {Kind::kExpm1, kNone}},
    {"log1p", {Kind::kLog1p, kNone}}};

struct Interval {
  float low, high;
};

Interval At(const std::string& name, float low, float high) {
  const auto& [kind, parameters] = kFunctions.at(name);
  Interval out{};
  ApplyInterval(kind, parameters, {&low, 1}, {&high, 1}, {&out.low, 1}, {&out.high, 1});
  return out;
}

void ExpectHolds(const std::string& name, float x, std::uint32_t bits) {
  const Interval interval = At(name, x, x);
  EXPECT_LE(interval.low, std::bit_cast<float>(bits)) << name << " of " << x;
  EXPECT_GE(interval.high, std::bit_cast<float>(bits)) << name << " of " << x;
}

// What PyTorch 2.13 gives, in the body of a vector and in its rest, and what another of its kernels
// was seen to give (docs/numerics.md).
TEST(FunctionIntervals, HoldWhatKernelsGive) {
  ExpectHolds("gelu", -5.54f, 0xb43147aeu);
  ExpectHolds("gelu", -5.54f, 0);  // gelu(-5.54) = 0 in the kernels for AVX2
  ExpectHolds("silu", -89.5f, 0x80000000u);
  ExpectHolds("sigmoid", -89.5f, 0);
  ExpectHolds("mish", -90.0f, 0x81c8c184u);
  ExpectHolds("mish", -1.0f, 0xbe9b5770u);
  ExpectHolds("mish", -1.0f, 0xbe9b576fu);
  ExpectHolds("elu", -1e-9f, 0xb089705fu);
  ExpectHolds("elu", -1e-9f, 0);  // exp(x) - 1 in float32
  ExpectHolds("softplus", -3.0f, 0x3d470388u);
  ExpectHolds("sqrt", 2.0f, 0x3fb504f2u);
  ExpectHolds("expm1", -0.3f, 0xbe84b37au);
  ExpectHolds("log1p", 0.3f, 0x3e86549cu);
  ExpectHolds("sqrt", 2.0f, 0x3fb504f4u);
}

TEST(FunctionIntervals, HoldTheBottomOfAValley) {
  EXPECT_LE(At("silu", -3, 0).low, -0.2784645f);  // the least, at -1.2785; both ends are above
  EXPECT_LE(At("gelu", -3, 0).low, -0.1699712f);
  EXPECT_LE(At("gelu-tanh", -3, 0).low, -0.1700407f);
  EXPECT_LE(At("mish", -3, 0).low, -0.3088499f);
  EXPECT_GT(At("silu", -1, 0).low, -0.27f);  // silu(-1) = -0.2689
}

TEST(FunctionIntervals, OfExactFunctionsTurnAtZero) {
  const auto at = [](Kind kind, float low, float high) {
    Interval out{};
    ApplyInterval(kind, kNone, {&low, 1}, {&high, 1}, {&out.low, 1}, {&out.high, 1});
    return out;
  };
  EXPECT_EQ(at(Kind::kAbs, -1, 2).low, 0);
  EXPECT_EQ(at(Kind::kAbs, -1, 2).high, 2);
  EXPECT_EQ(at(Kind::kReciprocal, -1, 2).high, kInfinity);
  EXPECT_EQ(at(Kind::kReciprocal, 2, 4).low, 0.25f);
  EXPECT_LE(at(Kind::kHardswish, -2, -1).low, -0.375f);  // at -1.5; -1/3 at both ends
}

// elu(-2; 1.5, 2, 0.5) = 3 * expm1(-1) = -1.8963617; softplus(3; 2) = log1p(e^6) / 2 = 3.0012378.
TEST(FunctionIntervals, OfOtherParametersAreMadeOfTheMeasuredOnes) {
  const auto of = [](Kind kind, std::array<double, 3> p, float x) {
    Interval out{};
    ApplyInterval(kind, p, {&x, 1}, {&x, 1}, {&out.low, 1}, {&out.high, 1});
    return out;
  };
  const Interval elu = of(Kind::kElu, {1.5, 2, 0.5}, -2);
  EXPECT_LT(elu.low, -1.8963617f);
  EXPECT_GT(elu.high, -1.8963617f);
  EXPECT_LT(elu.high - elu.low, 4e-6f);
  EXPECT_EQ(of(Kind::kElu, {1.5, 2, 0.5}, 2).low, 4);  // scale * x
  const Interval softplus = of(Kind::kSoftplus, {2, 20, 0}, 3);
  EXPECT_LT(softplus.low, 3.0012378f);
  EXPECT_GT(softplus.high, 3.0012378f);
  EXPECT_LT(softplus.high - softplus.low, 4e-6f);
  EXPECT_EQ(of(Kind::kSoftplus, {2, 1, 0}, 3).low, 3);  // 6 is above the threshold
}

// The kernels' own exp was looked at up to 20; a falling elu is another function.
TEST(FunctionIntervals, NothingIsKnownOfOtherParameters) {
  const float x = 1;
  Interval out{};
  ApplyInterval(Kind::kElu, {-2, 1, 1}, {&x, 1}, {&x, 1}, {&out.low, 1}, {&out.high, 1});
  EXPECT_TRUE(std::isnan(out.low));
  EXPECT_FALSE(IsMeasured(Kind::kSoftplus, {1, 30}));
  EXPECT_TRUE(IsMeasured(Kind::kSoftplus, {2, 20}));
}

// The pieces of a function follow each other without a gap, from -Inf to Inf.
TEST(KernelErrors, CoverAllNumbers) {
  for (const auto& [name, function] : kFunctions) {
    const auto rows = KernelErrorsOf(function.first);
    ASSERT_FALSE(rows.empty()) << name;
    EXPECT_EQ(rows.front().from, -kInfinity) << name;
    EXPECT_EQ(rows.back().to, kInfinity) << name;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const float end = rows[i - 1].to;
      const float next = end == 0 ? 0.0f : std::nextafter(end, kInfinity);
      EXPECT_EQ(rows[i].from, next) << name << " behind " << end;
    }
  }
}

// golden/unary_errors.tsv is what was measured: no bound of the prover's is below it.
TEST(KernelErrors, AreNotBelowTheMeasuredOnes) {
  std::ifstream file(std::string(tests::kSourceFolder) + "/golden/unary_errors.tsv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  int rows = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string name, from, to, below, above, absolute, nan;
    for (std::string* field : {&name, &from, &to, &below, &above, &absolute, &nan}) {
      std::getline(fields, *field, '\t');
    }
    const auto function = kFunctions.find(name);
    if (function == kFunctions.end()) {  // exact: no kernel is off anywhere
      EXPECT_EQ(below + above + nan, "000") << name;
      continue;
    }
    const float low = std::strtof(from.c_str(), nullptr);
    const float high = std::strtof(to.c_str(), nullptr);
    bool found = false;
    for (const KernelError& row : KernelErrorsOf(function->second.first)) {
      if (row.from > low || row.to < high) continue;
      found |= row.nan || ((row.below == KernelError::kFar || row.below <= std::stoi(below)) &&
                           (row.above == KernelError::kFar || row.above >= std::stoi(above)) &&
                           row.absolute >= std::stod(absolute) && row.nan == (std::stoi(nan) != 0));
    }
    EXPECT_TRUE(found) << line;
    ++rows;
  }
  EXPECT_GT(rows, 50);
}

}  // namespace
}  // namespace foldproof::prove
