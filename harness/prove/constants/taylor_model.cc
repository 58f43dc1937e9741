// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/taylor_model.h"

namespace foldproof::prove {
namespace {

// More than what all products of two models lose among subnormal numbers.
constexpr double kUnderflow = 0x1p-1000;

}  // namespace

double TaylorModel::Size() const {
  double size = 0;
  for (const double x : c) size += std::abs(x);
  return size;
}

double TaylorModel::At(double t) const {
  double out = 0;
  for (std::size_t k = kTaylorTerms; k-- > 0;) out = out * t + c[k];
  return out;
}

// Each sum of coefficients is rounded once; twice that much is counted, as Size() and `rest` are
// sums that are rounded themselves.
TaylorModel operator+(const TaylorModel& a, const TaylorModel& b) {
  TaylorModel out;
  for (std::size_t k = 0; k < kTaylorTerms; ++k) out.c[k] = a.c[k] + b.c[k];
  out.rest = (a.rest + b.rest) * (1 + 4 * kUnit) + 2 * kUnit * out.Size();
  return out;
}

TaylorModel operator-(const TaylorModel& a, const TaylorModel& b) { return a + b * -1.0; }

TaylorModel operator*(const TaylorModel& a, double factor) {
  TaylorModel out;
  for (std::size_t k = 0; k < kTaylorTerms; ++k) out.c[k] = a.c[k] * factor;
  out.rest = a.rest * std::abs(factor) * (1 + 4 * kUnit) + 2 * kUnit * out.Size() + kUnderflow;
  return out;
}

TaylorModel operator+(const TaylorModel& a, double number) {
  TaylorModel out = a;
  out.c[0] += number;
  out.rest = out.rest * (1 + 4 * kUnit) + 2 * kUnit * std::abs(out.c[0]);
  return out;
}

// A coefficient is a sum of at most kTaylorTerms products: kTaylorTerms + 1 roundings of numbers of
// which all together are at most Size() of a times Size() of b. Terms of higher degree go to
// `rest`.
TaylorModel operator*(const TaylorModel& a, const TaylorModel& b) {
  TaylorModel out;
  double cut = 0;
  for (std::size_t i = 0; i < kTaylorTerms; ++i) {
    if (a.c[i] == 0) continue;
    for (std::size_t k = 0; i + k < kTaylorTerms; ++k) out.c[i + k] += a.c[i] * b.c[k];
    for (std::size_t k = kTaylorTerms - i; k < kTaylorTerms; ++k) cut += std::abs(a.c[i] * b.c[k]);
  }
  const double a_size = a.Size(), b_size = b.Size();
  const double rests = a_size * b.rest + a.rest * b_size + a.rest * b.rest;
  out.rest = (cut + rests) * (1 + 64 * kUnit) + 2 * (kTaylorTerms + 1) * kUnit * a_size * b_size +
             kUnderflow;
  return out;
}

// Horner's scheme: every step is a product and a sum of models, which count their own roundings.
TaylorModel Compose(const FunctionSeries& g, const TaylorModel& x) {
  TaylorModel h = x;
  h.c[0] = 0;
  const double reach = h.Size() + h.rest;
  TaylorModel out = TaylorModel::Constant(g.coefficients[kTaylorTerms - 1]);
  double power = 1, errors = 0;
  for (std::size_t k = 0; k < kTaylorTerms; ++k) {
    errors += g.errors[k] * power;
    power *= reach;
  }
  for (std::size_t k = kTaylorTerms - 1; k-- > 0;) out = h * out + g.coefficients[k];
  out.rest += (errors + g.remainder * power) * (1 + 64 * kUnit);
  return out;
}

}  // namespace foldproof::prove
