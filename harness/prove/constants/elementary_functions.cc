// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/elementary_functions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

using Kind = ir::Unary::Kind;

constexpr double kSqrt2 = 1.4142135623730951;

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double Elu(double x, const std::array<double, 3>& p) {
  return x > 0 ? p[1] * x : p[1] * p[0] * std::expm1(p[2] * x);
}

// 1 + erf(y) = erfc(-y) and (1 + tanh(u)) / 2 = sigmoid(2 u) lose nothing where x is negative.
double Gelu(double x) { return 0.5 * x * std::erfc(-x / kSqrt2); }

double GeluTanh(double x) {
  return x * Sigmoid(2 * 0.7978845608028654 * (x + 0.044715 * x * x * x));
}

// tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2) with e = exp(x); 1 in float64 from x = 40 on.
double Mish(double x) {
  const double e = std::exp(std::min(x, 40.0));
  return x * (e * (e + 2) / (e * (e + 2) + 2));
}

double Softplus(double x, const std::array<double, 3>& p) {
  return x * p[0] > p[1] ? x : std::log1p(std::exp(x * p[0])) / p[0];
}

}  // namespace

bool IsBitExact(Kind kind) {
  switch (kind) {
    case Kind::kRelu:
    case Kind::kNeg:
    case Kind::kAbs:
    case Kind::kRsqrt:
    case Kind::kReciprocal:
    case Kind::kLeakyRelu:
    case Kind::kHardswish:
    case Kind::kHardsigmoid:
    case Kind::kRound:
    case Kind::kFloor:
    case Kind::kCeil:
    case Kind::kTrunc:
    case Kind::kFrac:
    case Kind::kSign:
    case Kind::kSquare:
    case Kind::kCube:
    case Kind::kInverseSquare:
    case Kind::kThreshold:
    case Kind::kHardshrink: return true;
    case Kind::kSqrt:
    case Kind::kExp:
    case Kind::kExpm1:
    case Kind::kLog1p:
    case Kind::kTanh:
    case Kind::kErf:
    case Kind::kSigmoid:
    case Kind::kSilu:
    case Kind::kMish:
    case Kind::kGelu:
    case Kind::kGeluTanh:
    case Kind::kSoftplus:
    case Kind::kElu:
    case Kind::kSoftshrink: return false;
  }
  return false;
}

bool IsMeasured(Kind kind, const std::array<double, 3>& p) {
  const auto is_finite = [](double x) { return std::isfinite(static_cast<float>(x)); };
  const auto is_positive = [&](double x) { return is_finite(x) && static_cast<float>(x) > 0; };
  switch (kind) {
    case Kind::kElu:
      return is_positive(p[0]) && is_positive(p[1]) && is_positive(p[2]) &&
             is_positive(p[0] * p[1]);
    case Kind::kSoftplus: return is_positive(p[0]) && p[1] <= 20;
    case Kind::kLeakyRelu:
    case Kind::kHardshrink:
    case Kind::kSoftshrink: return is_finite(p[0]);
    case Kind::kThreshold: return is_finite(p[0]) && is_finite(p[1]);
    default: return true;
  }
}

void ApplyExact(Kind kind, const std::array<double, 3>& parameters, std::span<const float> in,
                std::span<float> out) {
  const auto each = [&](auto function) {
    for (std::size_t i = 0; i < in.size(); ++i) out[i] = function(in[i]);
  };
  const auto slope = static_cast<float>(parameters[0]);
  switch (kind) {
    case Kind::kRelu: each([](float x) { return x < 0 ? 0.0f : x; }); break;  // keeps NaN
    case Kind::kNeg: each([](float x) { return -x; }); break;
    case Kind::kAbs: each([](float x) { return std::abs(x); }); break;
    case Kind::kHardswish: each([](float x) { return x * Between0And6(x + 3) / 6; }); break;
    case Kind::kHardsigmoid: each([](float x) { return Between0And6(x + 3) / 6; }); break;
    case Kind::kRsqrt: each([](float x) { return 1.0f / std::sqrt(x); }); break;
    case Kind::kReciprocal: each([](float x) { return 1.0f / x; }); break;
    case Kind::kLeakyRelu: each([slope](float x) { return x > 0 ? x : x * slope; }); break;
    case Kind::kRound: each([](float x) { return std::nearbyint(x); }); break;
    case Kind::kFloor: each([](float x) { return std::floor(x); }); break;
    case Kind::kCeil: each([](float x) { return std::ceil(x); }); break;
    case Kind::kTrunc: each([](float x) { return std::trunc(x); }); break;
    case Kind::kFrac: each([](float x) { return x - std::trunc(x); }); break;
    case Kind::kSign: each([](float x) { return static_cast<float>((x > 0) - (x < 0)); }); break;
    case Kind::kSquare: each([](float x) { return x * x; }); break;
    case Kind::kCube: each([](float x) { return x * x * x; }); break;
    case Kind::kInverseSquare: each([](float x) { return 1.0f / (x * x); }); break;
    case Kind::kThreshold:
      each([at = slope, value = static_cast<float>(parameters[1])](float x) {
        return x <= at ? value : x;
      });
      break;
    case Kind::kHardshrink:
      each([at = slope](float x) { return x >= -at && x <= at ? 0.0f : x; });
      break;
    default: FP_CHECK(!"an exact function");
  }
}

double ApplyIdeal(Kind kind, const std::array<double, 3>& p, double x) {
  switch (kind) {
    case Kind::kRelu: return x < 0 ? 0.0 : x;
    case Kind::kNeg: return -x;
    case Kind::kAbs: return std::abs(x);
    case Kind::kSqrt: return std::sqrt(x);
    case Kind::kRsqrt: return 1.0 / std::sqrt(x);
    case Kind::kReciprocal: return 1.0 / x;
    case Kind::kExp: return std::exp(x);
    case Kind::kExpm1: return std::expm1(x);
    case Kind::kLog1p: return std::log1p(x);
    case Kind::kTanh: return std::tanh(x);
    case Kind::kErf: return std::erf(x);
    case Kind::kSigmoid: return Sigmoid(x);
    case Kind::kSilu: return x * Sigmoid(x);
    case Kind::kHardswish: return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0;
    case Kind::kHardsigmoid: return std::clamp(x + 3.0, 0.0, 6.0) / 6.0;
    case Kind::kMish: return Mish(x);
    case Kind::kGelu: return Gelu(x);
    case Kind::kGeluTanh: return GeluTanh(x);
    case Kind::kSoftplus: return Softplus(x, p);
    case Kind::kElu: return Elu(x, p);
    case Kind::kLeakyRelu: return x > 0 ? x : x * p[0];
    case Kind::kRound: return std::nearbyint(x);
    case Kind::kFloor: return std::floor(x);
    case Kind::kCeil: return std::ceil(x);
    case Kind::kTrunc: return std::trunc(x);
    case Kind::kFrac: return x - std::trunc(x);
    case Kind::kSign: return (x > 0) - (x < 0);
    case Kind::kSquare: return x * x;
    case Kind::kCube: return x * x * x;
    case Kind::kInverseSquare: return 1 / (x * x);
    case Kind::kThreshold: return x <= p[0] ? p[1] : x;
    case Kind::kHardshrink: return x >= -p[0] && x <= p[0] ? 0 : x;
    case Kind::kSoftshrink: return x > p[0] ? x - p[0] : x < -p[0] ? x + p[0] : x * 0;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double LargestStep(Kind kind, const std::array<double, 3>& p) {
  switch (kind) {
    case Kind::kRound:
    case Kind::kFloor:
    case Kind::kCeil:
    case Kind::kTrunc:
    case Kind::kFrac: return 1;
    case Kind::kSign: return 2;
    case Kind::kThreshold: return std::abs(p[1] - p[0]);
    case Kind::kHardshrink: return p[0];
    // log(1 + e^t) / beta on one side of the threshold t, t / beta on the other: below float32's
    // roundings from t = 20 on.
    case Kind::kSoftplus: return p[1] >= 20 ? 0 : std::log1p(std::exp(-p[1])) / p[0];
    default: return 0;
  }
}

double LipschitzBound(Kind kind, const std::array<double, 3>& p) {
  switch (kind) {
    case Kind::kRelu:
    case Kind::kNeg:
    case Kind::kAbs:
    case Kind::kTanh:
    case Kind::kSoftplus: return 1;
    case Kind::kErf: return 1.1283791670955126;  // 2 / sqrt(pi), at x = 0, rounded up
    case Kind::kSigmoid: return 0.25;
    case Kind::kHardsigmoid: return 1.0 / 6;
    case Kind::kSilu: return 1.0999;    // at x = 2.4
    case Kind::kHardswish: return 1.5;  // at x = 3
    case Kind::kMish: return 1.0894;    // at x = 1.49
    case Kind::kGelu: return 1.1290;    // at x = sqrt(2)
    case Kind::kGeluTanh: return 1.1296;
    case Kind::kElu: return std::abs(p[1]) * std::max(1.0, std::abs(p[0] * p[2]));
    case Kind::kLeakyRelu: return std::max(1.0, std::abs(p[0]));
    case Kind::kSign: return 0;
    case Kind::kRound:
    case Kind::kFloor:
    case Kind::kCeil:
    case Kind::kTrunc:
    case Kind::kFrac:
    case Kind::kThreshold:
    case Kind::kHardshrink:
    case Kind::kSoftshrink: return 1;
    case Kind::kSqrt:
    case Kind::kRsqrt:
    case Kind::kReciprocal:
    case Kind::kSquare:
    case Kind::kCube:
    case Kind::kInverseSquare:
    case Kind::kExp:
    case Kind::kExpm1:
    case Kind::kLog1p: return std::numeric_limits<double>::infinity();
  }
  return std::numeric_limits<double>::infinity();
}

double LipschitzBoundOver(Kind kind, const std::array<double, 3>& p, double low, double high) {
  if (kind == Kind::kExp || kind == Kind::kExpm1) return std::exp(high);
  if (kind == Kind::kLog1p && low > -1) return 1 / (1 + low);
  return LipschitzBound(kind, p);
}

namespace {

// fmod(a, b) of b != 0. Two float32 numbers have 24 bits each: a quotient below 2^28 that is no
// integer is off the next one by more than float64 rounds it by, so that its whole part is right;
// that times b has at most 52 bits, and what it leaves of a is exact.
float Remainder(float a, float b) {
  const double whole = std::trunc(static_cast<double>(a) / static_cast<double>(b));
  if (whole == 0) return a;
  if (!(std::abs(whole) < 0x1p28)) return std::fmod(a, b);
  return static_cast<float>(static_cast<double>(a) - whole * static_cast<double>(b));
}

}  // namespace

float FloorDivide(float a, float b) {
  if (b == 0) return a / b;
  const float remainder = Remainder(a, b);
  float quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0f, a / b);
  float floored = std::floor(quotient);
  if (quotient - floored > 0.5f) floored += 1.0f;
  return floored;
}

}  // namespace foldproof::prove
