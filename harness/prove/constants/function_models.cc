// SPDX-License-Identifier: BSD-3-Clause
//
// Each series has its coefficients by a recurrence that follows from a differential equation, and
// a bound of the next coefficient, g^(n)(x) / n!, over the whole cell: by Cauchy's estimate
// max |g| on a circle of radius R around x, over R^n, or from the derivative itself.
#include "harness/prove/constants/function_models.h"

#include <algorithm>
#include <cmath>

namespace foldproof::prove {
namespace {

using Kind = ir::Unary::Kind;

// What libm's functions and the few operations around them may be off, relative: a few units.
constexpr double kFunctionError = 16 * kUnit;

using Terms = std::array<double, kTaylorTerms>;

// How far the numbers that x may be are from 0, at least.
double DistanceOf(const TaylorModel& x) { return std::max(0.0, std::abs(x.c[0]) - x.Spread()); }

// sigma = 1 / (1 + e^-x): sigma' = sigma (1 - sigma), and its poles are at odd multiples of i pi.
// |coefficient n of sigma|, n > 0, where |x| >= distance, by two circles. Of radius 2.5: where
// |Im z| <= 2.5, |1 + e^-z| >= |sin(Im z)| beyond pi / 2 and >= 1 before, so |sigma| <=
// 1 / sin(2.5) < 1.671. Of half the distance, d: the circle stays d from the imaginary axis, and
// sigma, or 1 - sigma where x > 0, is at most e^-d / (1 - e^-d).
double SigmoidCoefficient(int n, double distance) {
  const double d = distance / 2;
  const double near = 1.671 / std::pow(2.5, n);
  return d > 1 ? std::min(near, 1.6 * std::exp(-d) / std::pow(d, n)) : near;
}

// (k + 1) s_{k+1} = s_k (1 - 2 s_0) - sum of s_i s_{k-i} over 0 < i < k. `size` bounds |s_k| with
// all signs alike; the errors of s_k, of 1 - 2 s_0 (4 units) and of k + 2 roundings go the same
// way.
FunctionSeries SigmoidSeries(double x, double distance) {
  FunctionSeries out;
  Terms &s = out.coefficients, &error = out.errors;
  Terms size{};
  const double e = std::exp(-std::abs(x));
  s[0] = x < 0 ? e / (1 + e) : 1 / (1 + e);
  error[0] = kFunctionError * s[0];
  const double turn = (x < 0 ? 1 : -1) * (1 - e) / (1 + e);  // 1 - 2 s_0
  s[1] = size[1] = e / ((1 + e) * (1 + e));
  error[1] = kFunctionError * s[1];
  for (std::size_t k = 1; k + 1 < kTaylorTerms; ++k) {
    double sum = s[k] * turn;
    double most = size[k] * std::abs(turn);
    double off = error[k] * std::abs(turn) + 4 * kUnit * size[k];
    for (std::size_t i = 1; i < k; ++i) {
      sum -= s[i] * s[k - i];
      most += size[i] * size[k - i];
      off += 2 * size[i] * error[k - i] * (1 + kFunctionError);
    }
    const auto next = static_cast<double>(k + 1);
    s[k + 1] = sum / next;
    size[k + 1] = most * (1 + 2 * next * kUnit) / next;
    error[k + 1] = off * (1 + 2 * next * kUnit) / next + 2 * (next + 2) * kUnit * size[k + 1];
  }
  out.remainder = SigmoidCoefficient(kTaylorTerms, distance);
  return out;
}

// tanh(x) = 2 sigma(2 x) - 1
FunctionSeries Tanh(double x, double distance) {
  const FunctionSeries sigmoid = SigmoidSeries(2 * x, 2 * distance);
  FunctionSeries out;
  double factor = 2;
  for (std::size_t k = 0; k < kTaylorTerms; ++k, factor *= 2) {
    out.coefficients[k] = factor * sigmoid.coefficients[k];
    out.errors[k] = factor * sigmoid.errors[k];
  }
  out.coefficients[0] = std::tanh(x);
  out.errors[0] = kFunctionError * std::abs(out.coefficients[0]);
  out.remainder = factor * sigmoid.remainder;
  return out;
}

// log(1 + e^x), whose derivative is sigma.
FunctionSeries SoftplusSeries(double x, double distance) {
  const FunctionSeries sigmoid = SigmoidSeries(x, distance);
  FunctionSeries out;
  out.coefficients[0] = std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  out.errors[0] = kFunctionError * out.coefficients[0];
  for (std::size_t k = 1; k < kTaylorTerms; ++k) {
    const double s = sigmoid.coefficients[k - 1], order = static_cast<double>(k);
    out.coefficients[k] = s / order;
    out.errors[k] = (sigmoid.errors[k - 1] + 2 * kUnit * std::abs(s)) / order;
  }
  out.remainder = SigmoidCoefficient(kTaylorTerms - 1, distance) / kTaylorTerms;
  return out;
}

// `high`: the largest number that the argument may be.
FunctionSeries Exponential(double x, double high) {
  FunctionSeries out;
  double term = std::exp(x), factorial = 1;
  for (std::size_t k = 0; k < kTaylorTerms; ++k) {
    out.coefficients[k] = term;
    out.errors[k] = kFunctionError * term;
    term /= static_cast<double>(k + 1);
    factorial *= static_cast<double>(k + 1);
  }
  out.remainder = std::exp(high) * (1 + kFunctionError) / factorial;
  return out;
}

// e^x - 1.
FunctionSeries ExponentialLessOne(double x, double high) {
  FunctionSeries out = Exponential(x, high);
  out.coefficients[0] = std::expm1(x);
  out.errors[0] = kFunctionError * std::abs(out.coefficients[0]);
  return out;
}

// log(1 + x): coefficient k is -(-1 / (1 + x))^k / k. `low`: the least that 1 + x may be, above 0.
FunctionSeries LogarithmOfOneMore(double x, double low) {
  FunctionSeries out;
  out.coefficients[0] = std::log1p(x);
  out.errors[0] = kFunctionError * std::abs(out.coefficients[0]);
  double power = -1;
  for (std::size_t k = 1; k < kTaylorTerms; ++k) {
    power /= -(1 + x);
    const auto order = static_cast<double>(k);
    out.coefficients[k] = power / order;
    out.errors[k] = 4 * kUnit * (order + 1) * std::abs(out.coefficients[k]);
  }
  constexpr auto kNext = static_cast<double>(kTaylorTerms);
  out.remainder = std::pow(low, -kNext) / kNext * (1 + kFunctionError);
  return out;
}

// |coefficient n of phi|, phi(x) = e^(-x^2 / 2) / sqrt(2 pi), where |x| >= distance, by a circle of
// radius R: the largest of (Im z)^2 - (Re z)^2 on it is R^2 - x^2 / 2, or -(x - R)^2 where R is
// less than half of |x|. R^2 = n makes it least near 0.
double DensityCoefficient(int n, double distance) {
  const auto by = [&](double square) {
    return 0.39895 * std::exp(square / 2) / std::pow(square, n / 2.0);
  };
  const double near = by(n), d = distance / 2;
  return d > 1 ? std::min(near, 0.39895 * std::exp(-d * d / 2) / std::pow(d, n)) : near;
}

// Phi(x) = erfc(-x / sqrt 2) / 2. phi = Phi' has phi' = -x phi, so that (k + 1) phi_{k+1} =
// -(x phi_k + phi_{k-1}); the same recurrence without its signs bounds the roundings.
FunctionSeries NormalDistribution(double x, double distance) {
  FunctionSeries out;
  out.coefficients[0] = 0.5 * std::erfc(-x / 1.4142135623730951);
  out.errors[0] = kFunctionError;
  Terms phi{}, size{};
  // exp's result is off by what its argument is: a few units of x^2.
  phi[0] = 0.3989422804014327 * std::exp(-0.5 * x * x);
  size[0] = phi[0] * (1 + x * x);
  for (std::size_t k = 0; k + 2 < kTaylorTerms; ++k) {
    const double previous = k == 0 ? 0 : phi[k - 1], previous_size = k == 0 ? 0 : size[k - 1];
    phi[k + 1] = -(x * phi[k] + previous) / static_cast<double>(k + 1);
    size[k + 1] = (std::abs(x) * size[k] + previous_size) / static_cast<double>(k + 1);
  }
  for (std::size_t k = 1; k < kTaylorTerms; ++k) {
    out.coefficients[k] = phi[k - 1] / static_cast<double>(k);
    out.errors[k] = 64 * kUnit * size[k - 1] / static_cast<double>(k);
  }
  out.remainder = DensityCoefficient(kTaylorTerms - 1, distance) / kTaylorTerms;
  return out;
}

// x^p of x > 0; `low`: the least number that the argument may be, above 0.
FunctionSeries Power(double x, double p, double low) {
  FunctionSeries out;
  double term = std::pow(x, p), binomial = 1;
  for (std::size_t k = 0; k < kTaylorTerms; ++k) {
    out.coefficients[k] = term;
    out.errors[k] = (kFunctionError + 4 * kUnit * static_cast<double>(k)) * std::abs(term);
    const double factor = (p - static_cast<double>(k)) / static_cast<double>(k + 1);
    term *= factor / x;
    binomial *= factor;
  }
  out.remainder = std::abs(binomial) * std::pow(low, p - kTaylorTerms) * (1 + kFunctionError);
  return out;
}

std::optional<TaylorModel> PowerModel(const TaylorModel& x, double p) {
  const double low = x.Low();
  if (!(low > 0)) return std::nullopt;
  return Compose(Power(x.c[0], p, low), x);
}

TaylorModel NormalModel(const TaylorModel& x) {
  return Compose(NormalDistribution(x.c[0], DistanceOf(x)), x);
}

TaylorModel SigmoidModel(const TaylorModel& x) {
  return Compose(SigmoidSeries(x.c[0], DistanceOf(x)), x);
}

// -1 or +1 where all that x may be is on one side of `level`, 0 where it may be on both.
int SideOf(const TaylorModel& x, double level) {
  return x.Low() - x.Slack() > level ? 1 : x.High() + x.Slack() < level ? -1 : 0;
}

// max(x, 0). Where x may be from low < 0 to high > 0 it lies between x times any slope of [0, 1]
// and that line moved up to the higher of its two ends; slope = high / (high - low) has both of one
// height.
TaylorModel Ramp(const TaylorModel& x) {
  const double low = x.Low() - x.Slack(), high = x.High() + x.Slack();
  if (low >= 0) return x;
  if (high <= 0) return {};
  const double slope = std::clamp(high / (high - low), 0.0, 1.0);
  const double height = std::max(high * (1 - slope), -low * slope) * (1 + 4 * kUnit);
  TaylorModel out = x * slope + height / 2;
  out.rest += height / 2;
  return out;
}

// From the threshold on it is x itself, which is at most e^-threshold below, in units of beta.
TaylorModel SoftplusModel(const std::array<double, 3>& p, const TaylorModel& x) {
  const TaylorModel scaled = x * p[0];
  const int side = SideOf(scaled, p[1]);
  if (side > 0) return x;
  TaylorModel out = Compose(SoftplusSeries(scaled.c[0], DistanceOf(scaled)), scaled) * (1 / p[0]);
  if (side == 0) out.rest += std::exp(-p[1]) / std::abs(p[0]) * (1 + kFunctionError);
  return out;
}

// p1 (max(x, 0) + p0 (e^(p2 min(x, 0)) - 1))
TaylorModel EluModel(const std::array<double, 3>& p, const TaylorModel& x) {
  const TaylorModel above = Ramp(x);
  const TaylorModel scaled = (x - above) * p[2];
  const FunctionSeries series = ExponentialLessOne(scaled.c[0], scaled.High());
  return (above + Compose(series, scaled) * p[0]) * p[1];
}

std::optional<TaylorModel> Log1pModel(const TaylorModel& x) {
  const double low = 1 + (x.Low() - x.Slack());
  if (!(low > 0)) return std::nullopt;
  return Compose(LogarithmOfOneMore(x.c[0], low * (1 - kFunctionError)), x);
}

// `left` where x is below `level`, `right` above; no model where it may be on both sides of a step.
template <typename Left, typename Right>
std::optional<TaylorModel> Either(const TaylorModel& x, double level, Left left, Right right) {
  switch (SideOf(x, level)) {
    case -1: return left();
    case 1: return right();
    default: return std::nullopt;
  }
}

// A function that steps from one integer to the next, by `rounded`.
template <typename Rounded>
std::optional<TaylorModel> StepModel(const TaylorModel& x, Rounded rounded) {
  const double low = rounded(x.Low() - x.Slack());
  if (low != rounded(x.High() + x.Slack())) return std::nullopt;
  return TaylorModel::Constant(low);
}

// x outside of [-level, level], 0 inside.
std::optional<TaylorModel> HardshrinkModel(const TaylorModel& x, double level) {
  if (SideOf(x, level) == 1 || SideOf(x, -level) == -1) return x;
  if (SideOf(x, level) == -1 && SideOf(x, -level) == 1) return TaylorModel::Constant(0);
  return std::nullopt;
}

}  // namespace

TaylorModel ClampModel(const TaylorModel& x, std::optional<double> low,
                       std::optional<double> high) {
  if (low && high && *high < *low) return TaylorModel::Constant(*high);  // which is applied last
  const double slack = x.Slack();
  if (low && x.High() + slack <= *low) return TaylorModel::Constant(*low);
  if (high && x.Low() - slack >= *high) return TaylorModel::Constant(*high);
  TaylorModel out = x;
  if (low && x.Low() - slack < *low) out = Ramp(x + -*low) + *low;
  if (high && x.High() + slack > *high) out = out - Ramp(out + -*high);
  return out;
}

std::optional<TaylorModel> ReciprocalModel(const TaylorModel& x) {
  if (x.c[0] > 0) return PowerModel(x, -1);
  const auto turned = PowerModel(x * -1.0, -1);
  if (!turned) return std::nullopt;
  return *turned * -1.0;
}

std::optional<TaylorModel> ModelOf(Kind kind, const std::array<double, 3>& p,
                                   const TaylorModel& x) {
  if (!x.IsFinite()) return std::nullopt;
  const auto hard = [&] { return ClampModel(x + 3.0, 0, 6); };
  switch (kind) {
    case Kind::kRelu: return Ramp(x);
    case Kind::kNeg: return x * -1.0;
    case Kind::kAbs: return Ramp(x) * 2 - x;
    case Kind::kLeakyRelu: return x * p[0] + Ramp(x) * (1 - p[0]);
    case Kind::kHardsigmoid: return hard() * (1.0 / 6);
    case Kind::kHardswish: return hard() * x * (1.0 / 6);
    case Kind::kSqrt: return PowerModel(x, 0.5);
    case Kind::kRsqrt: return PowerModel(x, -0.5);
    case Kind::kReciprocal: return ReciprocalModel(x);
    case Kind::kExp: return Compose(Exponential(x.c[0], x.High()), x);
    case Kind::kExpm1: return Compose(ExponentialLessOne(x.c[0], x.High()), x);
    case Kind::kLog1p: return Log1pModel(x);
    case Kind::kTanh: return Compose(Tanh(x.c[0], DistanceOf(x)), x);
    case Kind::kErf: {  // 2 Phi(x sqrt 2) - 1
      const TaylorModel scaled = x * 1.4142135623730951;
      return NormalModel(scaled) * 2 + -1.0;
    }
    case Kind::kSigmoid: return SigmoidModel(x);
    case Kind::kSilu: return x * SigmoidModel(x);
    case Kind::kMish: {
      const TaylorModel softplus = Compose(SoftplusSeries(x.c[0], DistanceOf(x)), x);
      return x * Compose(Tanh(softplus.c[0], DistanceOf(softplus)), softplus);
    }
    case Kind::kGelu: return x * NormalModel(x);
    case Kind::kGeluTanh: {
      const TaylorModel cube = x * x * x * 0.044715;
      return x * SigmoidModel((x + cube) * (2 * 0.7978845608028654));
    }
    case Kind::kSoftplus: return SoftplusModel(p, x);
    case Kind::kElu: return EluModel(p, x);
    case Kind::kRound: return StepModel(x, [](double y) { return std::nearbyint(y); });
    case Kind::kFloor: return StepModel(x, [](double y) { return std::floor(y); });
    case Kind::kCeil: return StepModel(x, [](double y) { return std::ceil(y); });
    case Kind::kTrunc: return StepModel(x, [](double y) { return std::trunc(y); });
    case Kind::kFrac: {
      const auto whole = StepModel(x, [](double y) { return std::trunc(y); });
      return whole ? std::optional(x - *whole) : std::nullopt;
    }
    case Kind::kSign:
      return Either(
          x, 0, [] { return TaylorModel::Constant(-1); }, [] { return TaylorModel::Constant(1); });
    case Kind::kSquare: return x * x;
    case Kind::kCube: return x * x * x;
    case Kind::kInverseSquare: {
      const auto inverse = ReciprocalModel(x);
      return inverse ? std::optional(*inverse * *inverse) : std::nullopt;
    }
    case Kind::kThreshold:
      return Either(
          x, p[0], [&] { return TaylorModel::Constant(p[1]); }, [&] { return x; });
    case Kind::kHardshrink: return HardshrinkModel(x, p[0]);
    case Kind::kSoftshrink: return x - ClampModel(x, -p[0], p[0]);
  }
  return std::nullopt;
}

}  // namespace foldproof::prove
