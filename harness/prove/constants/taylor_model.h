// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of one variable as polynomials with a proved remainder (K. Makino, M. Berz, "Taylor
// models and other validated functional inclusion methods", 2003), over a cell of the real line.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <span>

namespace foldproof::prove {

inline constexpr std::size_t kTaylorTerms = 12;
inline constexpr double kUnit = 0x1p-53;  // half a float64 step, relative

// |f(t) - (c[0] + c[1] t + c[2] t^2 + ...)| <= rest for every t in [-1, 1]. float64 rounding of the
// coefficients is counted in `rest`. A model that is not finite says nothing.
struct TaylorModel {
  std::array<double, kTaylorTerms> c{};
  double rest = 0;

  static TaylorModel Constant(double value) {
    TaylorModel out;
    out.c[0] = value;
    return out;
  }

  // sum |c[k]|: |f| <= Size() + rest
  double Size() const;
  // How far f can be from c[0].
  double Spread() const { return Size() - std::abs(c[0]) + rest; }
  double Low() const { return c[0] - Spread(); }
  double High() const { return c[0] + Spread(); }
  // What Low and High may have rounded.
  double Slack() const { return 16 * kUnit * (Size() + rest); }
  // The polynomial alone.
  double At(double t) const;
  bool IsFinite() const { return std::isfinite(Size() + rest); }
};

TaylorModel operator+(const TaylorModel& a, const TaylorModel& b);
TaylorModel operator-(const TaylorModel& a, const TaylorModel& b);
TaylorModel operator*(const TaylorModel& a, const TaylorModel& b);
TaylorModel operator*(const TaylorModel& a, double factor);
TaylorModel operator+(const TaylorModel& a, double number);

// A function g around x.c[0]: g(x.c[0] + h) is within `remainder` |h|^kTaylorTerms of the sum of
// coefficients[k] h^k wherever x is, and coefficients[k] within errors[k] of the true one.
struct FunctionSeries {
  std::array<double, kTaylorTerms> coefficients{};
  std::array<double, kTaylorTerms> errors{};
  double remainder = 0;
};

// g of `x`.
TaylorModel Compose(const FunctionSeries& g, const TaylorModel& x);

}  // namespace foldproof::prove
