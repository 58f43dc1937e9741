// SPDX-License-Identifier: BSD-3-Clause
//
// NaN, infinities, signed zeros and numbers below float64's normal ones, as PyTorch has them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "harness/exec/eigen/elementwise.h"
#include "harness/exec/eigen/pooling.h"
#include "harness/exec/eigen/reduction.h"

namespace foldproof::exec::real {
namespace {

using ::testing::ElementsAre;
using Kind = ir::Unary::Kind;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kTiny = 0x1p-149;  // float32's smallest; float64's is kLeast
constexpr double kLeast = std::numeric_limits<double>::denorm_min();

RealTensor Vector(const std::vector<double>& elements) {
  return {{static_cast<std::int64_t>(elements.size())}, elements};
}

std::vector<double> Elements(const NumericTensor& tensor) {
  return std::get<RealTensor>(tensor).elements;
}

// Equal bits, or both NaN.
void ExpectSameBits(const std::vector<double>& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(wanted[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i << ": " << got[i];
    } else {
      EXPECT_EQ(std::bit_cast<std::uint64_t>(got[i]), std::bit_cast<std::uint64_t>(wanted[i]))
          << i << ": " << got[i] << ", not " << wanted[i];
    }
  }
}

std::vector<double> Apply(Kind kind, const std::vector<double>& x) {
  ir::Unary op{.kind = kind, .input = {}};
  if (kind == Kind::kSoftplus) op.parameters = {1, 20};
  if (kind == Kind::kElu) op.parameters = {1, 1, 1};
  if (kind == Kind::kLeakyRelu) op.parameters = {0.1};
  return Elements(ApplyUnary(op, Vector(x)));
}

TEST(SpecialValues, TravelThroughRelu) {
  ExpectSameBits(Apply(Kind::kRelu, {kNaN, kInf, -kInf, -0.0, 0.0, kTiny, -kTiny, kLeast, -kLeast}),
                 {kNaN, kInf, 0, -0.0, 0.0, kTiny, 0, kLeast, 0});
}

TEST(SpecialValues, TravelThroughClamp) {
  const auto clamp = [](std::optional<double> low, std::optional<double> high) {
    return Elements(ApplyClamp({.input = {}, .low = low, .high = high},
                               Vector({kNaN, kInf, -kInf, -0.0, kLeast, -kLeast, 7})));
  };
  ExpectSameBits(clamp(0, 6), {kNaN, 6, 0, -0.0, kLeast, 0, 6});
  ExpectSameBits(clamp(-1, std::nullopt), {kNaN, kInf, -1, -0.0, kLeast, -kLeast, 7});
  ExpectSameBits(clamp(5, 2), {kNaN, 2, 2, 2, 2, 2, 2});
}

TEST(SpecialValues, NaNWinsInMinimumAndMaximum) {
  const std::vector<double> a{kNaN, 1, kInf, -kInf, kLeast, kNaN};
  const std::vector<double> b{1, kNaN, 1, 1, -kLeast, kNaN};
  ir::Binary op{.kind = ir::Binary::Kind::kMinimum, .self = 0.0, .other = 0.0};
  ExpectSameBits(Elements(ApplyBinary(op, NumericTensor(Vector(a)), NumericTensor(Vector(b)))),
                 {kNaN, kNaN, 1, -kInf, -kLeast, kNaN});
  op.kind = ir::Binary::Kind::kMaximum;
  ExpectSameBits(Elements(ApplyBinary(op, NumericTensor(Vector(a)), NumericTensor(Vector(b)))),
                 {kNaN, kNaN, kInf, 1, kLeast, kNaN});
}

TEST(SpecialValues, NaNWinsInMaxPool) {
  const RealTensor x{{1, 1, 8}, {1, kNaN, -kInf, -kInf, kLeast, -kLeast, kInf, 3}};
  const MaxPooled pooled = MaxPool(x, {1, {2}, {}, {0}, {1}, false});
  ExpectSameBits(pooled.values.elements, {kNaN, -kInf, kLeast, kInf});
  EXPECT_THAT(pooled.indices.elements, ElementsAre(1, 2, 4, 6));
}

// The last NaN of a window is the one that PyTorch points to, and the first of equal numbers.
TEST(SpecialValues, MaxPoolPointsToTheLastNaN) {
  const RealTensor x{{1, 6}, {kNaN, 1, kNaN, 5, 5, 2}};
  const MaxPooled pooled = MaxPool(x, {1, {3}, {}, {0}, {1}, false});
  EXPECT_THAT(pooled.indices.elements, ElementsAre(2, 3));
}

// At infinities and NaN as PyTorch 2.13 has them; else the formulas in 60 digits, rounded once,
// within four float64 steps.
TEST(SpecialValues, TravelThroughSmoothFunctions) {
  struct Case {
    Kind kind;
    std::vector<double> wanted;
  };
  const std::vector<double> x{kNaN, kInf, -kInf, -3, 0.5, 25};
  const std::vector<Case> cases{
      {Kind::kSigmoid, {kNaN, 1, 0, 0.04742587317756678, 0.6224593312018546, 0.9999999999861121}},
      {Kind::kSilu, {kNaN, kInf, kNaN, -0.14227761953270035, 0.3112296656009273, 24.9999999996528}},
      {Kind::kHardswish, {kNaN, kInf, kNaN, 0.0, 0.2916666666666667, 25.0}},
      {Kind::kHardsigmoid, {kNaN, 1, 0, 0.0, 0.5833333333333334, 1.0}},
      {Kind::kMish, {kNaN, kInf, kNaN, -0.14564746127562458, 0.37524521130489513, 25.0}},
      {Kind::kGelu, {kNaN, kInf, kNaN, -0.0040496940948902835, 0.34573123063700656, 25.0}},
      {Kind::kGeluTanh, {kNaN, kInf, kNaN, -0.003637392081773019, 0.34571400982514394, 25.0}},
      {Kind::kSoftplus, {kNaN, kInf, 0, 0.04858735157374206, 0.9740769841801067, 25.0}},
      {Kind::kElu, {kNaN, kInf, -1, -0.950212931632136, 0.5, 25.0}},
      {Kind::kLeakyRelu, {kNaN, kInf, -kInf, -0.30000000000000004, 0.5, 25.0}},
      {Kind::kTanh, {kNaN, 1, -1, -0.9950547536867305, 0.46211715726000974, 1.0}},
      {Kind::kErf, {kNaN, 1, -1, -0.9999779095030014, 0.5204998778130465, 1.0}},
      {Kind::kExp, {kNaN, kInf, 0, 0.049787068367863944, 1.6487212707001282, 72004899337.38588}},
      {Kind::kRsqrt, {kNaN, 0, kNaN, kNaN, 1.4142135623730951, 0.2}},
  };
  for (const Case& c : cases) {
    const std::vector<double> got = Apply(c.kind, x);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isfinite(c.wanted[i])) {
        EXPECT_LE(std::fabs(got[i] - c.wanted[i]), 0x1p-48 * std::fabs(c.wanted[i]))
            << static_cast<int>(c.kind) << " at " << x[i];
      } else {
        ExpectSameBits({got[i]}, {c.wanted[i]});
      }
    }
  }
}

TEST(SpecialValues, SoftmaxOfInfinitiesIsPyTorchs) {
  ExpectSameBits(SoftmaxOf(Vector({1, kInf, 2}), 0, false).elements, {kNaN, kNaN, kNaN});
  const auto of_lowest = SoftmaxOf(Vector({-kInf, 2, 2}), 0, false).elements;
  ExpectSameBits(of_lowest, {0, 0.5, 0.5});
}

TEST(SpecialValues, AMeanOfNothingIsNaN) {
  ExpectSameBits(MeanOf({{2, 0}, {}}, {{1}, false}).elements, {kNaN, kNaN});
}

}  // namespace
}  // namespace foldproof::exec::real
