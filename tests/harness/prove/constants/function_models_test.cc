// SPDX-License-Identifier: BSD-3-Clause
//
// The models of drawn arguments against the functions in long double, written here.
#include "harness/prove/constants/function_models.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "harness/prove/constants/model_nodes.h"

namespace foldproof::prove {
namespace {

using Kind = ir::Unary::Kind;
using Real = long double;

constexpr std::array<double, 3> kLeaky{0.3, 0, 0};
constexpr std::array<double, 3> kElu{1.5, 0.75, 2};
constexpr std::array<double, 3> kSoftplus{2, 20, 0};

struct Function {
  Kind kind;
  std::array<double, 3> parameters;
  Real (*of)(Real);
  double low, high;  // arguments that are drawn
};

Real Sigmoid(Real x) { return 1 / (1 + std::exp(-x)); }
Real Softplus(Real x) { return 2 * x > 20 ? x : std::log1p(std::exp(2 * x)) / 2; }

const std::vector<Function> kFunctions = {
    {Kind::kRelu, {}, [](Real x) { return x < 0 ? 0 : x; }, -5, 5},
    {Kind::kNeg, {}, [](Real x) { return -x; }, -5, 5},
    {Kind::kAbs, {}, [](Real x) { return std::abs(x); }, -5, 5},
    {Kind::kLeakyRelu, kLeaky, [](Real x) { return x > 0 ? x : x * Real{0.3}; }, -5, 5},
    {Kind::kHardsigmoid, {}, [](Real x) { return std::clamp<Real>(x + 3, 0, 6) / 6; }, -9, 9},
    {Kind::kHardswish, {}, [](Real x) { return x * std::clamp<Real>(x + 3, 0, 6) / 6; }, -9, 9},
    {Kind::kSqrt, {}, [](Real x) { return std::sqrt(x); }, 1e-3, 100},
    {Kind::kRsqrt, {}, [](Real x) { return 1 / std::sqrt(x); }, 1e-3, 100},
    {Kind::kReciprocal, {}, [](Real x) { return 1 / x; }, -50, 50},
    {Kind::kExp, {}, [](Real x) { return std::exp(x); }, -50, 50},
    {Kind::kExpm1, {}, [](Real x) { return std::expm1(x); }, -50, 50},
    {Kind::kLog1p, {}, [](Real x) { return std::log1p(x); }, -0.9, 50},
    {Kind::kSoftshrink,
     {0.5, 0, 0},
     [](Real x) { return x - std::clamp<Real>(x, -0.5, 0.5); },
     -5,
     5},
    {Kind::kTanh, {}, [](Real x) { return std::tanh(x); }, -30, 30},
    {Kind::kErf, {}, [](Real x) { return std::erf(x); }, -12, 12},
    {Kind::kSigmoid, {}, Sigmoid, -60, 60},
    {Kind::kSilu, {}, [](Real x) { return x * Sigmoid(x); }, -60, 60},
    {Kind::kMish, {}, [](Real x) { return x * std::tanh(std::log1p(std::exp(x))); }, -60, 60},
    {Kind::kGelu, {}, [](Real x) { return x * std::erfc(-x / std::sqrt(Real{2})) / 2; }, -12, 12},
    {Kind::kGeluTanh,
     {},
     [](Real x) {
       const Real inner = Real{0.7978845608028654} * (x + Real{0.044715} * x * x * x);
       return x * (1 + std::tanh(inner)) / 2;
     },
     -12,
     12},
    {Kind::kSoftplus, kSoftplus, Softplus, -30, 30},
    {Kind::kElu, kElu,
     [](Real x) { return Real{0.75} * (x > 0 ? x : Real{1.5} * std::expm1(2 * x)); }, -20, 20},
};

// x(t) = c0 + c1 t + c2 t^2, and for the others a remainder that x really uses: rest * cos(9 t).
TEST(FunctionModels, EncloseTheFunctions) {
  std::mt19937 random(5);
  for (const Function& function : kFunctions) {
    int modelled = 0;
    for (int round = 0; round < 400; ++round) {
      const auto between = [&](double low, double high) {
        return std::uniform_real_distribution(low, high)(random);
      };
      TaylorModel x = TaylorModel::Constant(between(function.low, function.high));
      // A quarter of the cells is far from 0 and wide.
      const bool wide = round % 4 == 3;
      const double reach = wide ? std::abs(x.c[0]) / 2 : std::exp(between(std::log(1e-4), 0.2));
      x.c[1] = between(-reach, reach);
      x.c[2] = between(-reach, reach) / 4;
      x.rest = round % 2 == 0 ? 0 : reach * 1e-6;
      const auto model = ModelOf(function.kind, function.parameters, x);
      if (!model) continue;
      ++modelled;
      for (int i = 0; i <= 64; ++i) {
        const double t = -1 + i / 32.0;
        const Real argument = Real{x.c[0]} + Real{x.c[1]} * t + Real{x.c[2]} * t * t +
                              Real{x.rest} * std::cos(Real{9} * t);
        Real polynomial = 0;
        for (std::size_t k = kTaylorTerms; k-- > 0;) polynomial = polynomial * t + model->c[k];
        // Long double is 2,048 times as fine as what is counted.
        const Real own_rounding = 1e-17L * (1 + std::abs(argument) + std::abs(polynomial));
        ASSERT_LE(std::abs(function.of(argument) - polynomial), Real{model->rest} + own_rounding)
            << "function " << static_cast<int>(function.kind) << " of " << x.c[0] << " + " << x.c[1]
            << " t + " << x.c[2] << " t^2 at " << t;
      }
    }
    EXPECT_GT(modelled, 100) << static_cast<int>(function.kind);
  }
}

// Cells of the sizes that a search comes to have remainders that say something.
TEST(FunctionModels, HaveSmallRemaindersInSmallCells) {
  for (const Function& function : kFunctions) {
    for (const double center : {1.25, 2.0}) {
      TaylorModel x = TaylorModel::Constant(center);
      x.c[1] = 0.125;
      const auto model = ModelOf(function.kind, function.parameters, x);
      ASSERT_TRUE(model) << static_cast<int>(function.kind);
      EXPECT_LT(model->rest, 1e-9 * (1 + model->Size())) << static_cast<int>(function.kind);
    }
  }
}

TEST(FunctionModels, AreNoneAcrossAPole) {
  TaylorModel x = TaylorModel::Constant(0.25);
  x.c[1] = 0.5;
  for (const Kind kind : {Kind::kSqrt, Kind::kRsqrt, Kind::kReciprocal}) {
    EXPECT_FALSE(ModelOf(kind, {}, x)) << static_cast<int>(kind);
  }
  EXPECT_FALSE(ModelOf(Kind::kNeg, {}, TaylorModel::Constant(std::nan(""))));
}

// From -1 to 3, max(x, 0) is between 3/4 x and 3/4 x + 3/4: off by 3/8 at most from the line
// between.
TEST(FunctionModels, AreALineAcrossABend) {
  TaylorModel x = TaylorModel::Constant(1);
  x.c[1] = 2;
  const auto ramp = ModelOf(Kind::kRelu, {}, x);
  ASSERT_TRUE(ramp);
  EXPECT_NEAR(ramp->c[0], 1.125, 1e-12);
  EXPECT_NEAR(ramp->c[1], 1.5, 1e-12);
  EXPECT_GE(ramp->rest, 0.375);
  EXPECT_NEAR(ramp->rest, 0.375, 1e-12);
  // An end that is a bend costs nothing.
  EXPECT_LT(ClampModel(x, -1, 3).rest, 1e-12);
  // Clamped to [0, 2] it is between: every point within the remainder.
  const TaylorModel both = ClampModel(x, 0, 2);
  for (int i = -8; i <= 8; ++i)
    EXPECT_LE(std::abs(std::clamp(1 + i / 4.0, 0.0, 2.0) - both.At(i / 8.0)), both.rest);
}

// Worked by hand: (2 + 3 t) (1 - t) = 2 + t - 3 t^2; with remainders 0.5 and 0.25 the product is
// off by 5 * 0.25 + 2 * 0.5 + 0.125 at most.
TEST(TaylorModel, MultipliesPolynomialsAndRemainders) {
  TaylorModel a = TaylorModel::Constant(2), b = TaylorModel::Constant(1);
  a.c[1] = 3;
  b.c[1] = -1;
  a.rest = 0.5;
  b.rest = 0.25;
  const TaylorModel product = a * b;
  EXPECT_EQ(product.c[0], 2);
  EXPECT_EQ(product.c[1], 1);
  EXPECT_EQ(product.c[2], -3);
  EXPECT_GE(product.rest, 2.375);
  EXPECT_NEAR(product.rest, 2.375, 1e-12);
}

// x^2 at 0.5 + 0.25 t is 0.25 + 0.25 t + 0.0625 t^2.
TEST(TaylorModel, IsRecentred) {
  TaylorModel square;
  square.c[2] = 1;
  square.rest = 0.125;
  const TaylorModel part = Recentred(square, 0.5, 0.25);
  EXPECT_EQ(part.c[0], 0.25);
  EXPECT_EQ(part.c[1], 0.25);
  EXPECT_EQ(part.c[2], 0.0625);
  EXPECT_GE(part.rest, 0.125);
  EXPECT_NEAR(part.rest, 0.125, 1e-12);
}

// x^2 between a t - b and a t + b is b^2 below the straight line in the middle, whatever t is.
TEST(TaylorModel, BendsAcross) {
  TaylorModel square;
  square.c[2] = 1;
  EXPECT_GE(BendAcross(square, 0.25), 0.0625);
  EXPECT_NEAR(BendAcross(square, 0.25), 0.0625, 1e-12);
}

// t^11 times t: the term that no longer fits is part of the remainder.
TEST(TaylorModel, KeepsWhatIsCutOff) {
  TaylorModel high, line;
  high.c[kTaylorTerms - 1] = 1;
  line.c[1] = 1;
  const TaylorModel product = high * line;
  EXPECT_EQ(product.Size(), 0);
  EXPECT_GE(product.rest, 1);
}

}  // namespace
}  // namespace foldproof::prove
