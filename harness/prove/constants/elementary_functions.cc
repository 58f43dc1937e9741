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

double Gelu(double x) { return 0.5 * x * (1.0 + std::erf(x / kSqrt2)); }

double GeluTanh(double x) {
  return 0.5 * x * (1.0 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

double Softplus(double x, const std::array<double, 3>& p) {
  return x * p[0] > p[1] ? x : std::log1p(std::exp(x * p[0])) / p[0];
}

// One step of float32 away from x, towards -Inf or +Inf; NaN and infinities stay.
float Step(float x, int steps) {
  const float to =
      steps < 0 ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
  for (int i = 0; i < std::abs(steps); ++i) x = std::isfinite(x) ? std::nextafter(x, to) : x;
  return x;
}

// sigmoid, tanh and exp do not leave their range however they are rounded.
float StayInRange(Kind kind, float y) {
  switch (kind) {
    case Kind::kSigmoid:
    case Kind::kHardsigmoid: return std::clamp(y, 0.0f, 1.0f);
    case Kind::kTanh: return std::clamp(y, -1.0f, 1.0f);
    case Kind::kExp:
    case Kind::kSoftplus: return std::max(y, 0.0f);
    default: return y;
  }
}

}  // namespace

bool IsBitExact(Kind kind) {
  return kind == Kind::kRelu || kind == Kind::kNeg || kind == Kind::kAbs || kind == Kind::kSqrt ||
         kind == Kind::kRsqrt || kind == Kind::kReciprocal || kind == Kind::kLeakyRelu;
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
    case Kind::kSqrt: each([](float x) { return std::sqrt(x); }); break;
    case Kind::kRsqrt: each([](float x) { return 1.0f / std::sqrt(x); }); break;
    case Kind::kReciprocal: each([](float x) { return 1.0f / x; }); break;
    case Kind::kLeakyRelu: each([slope](float x) { return x > 0 ? x : x * slope; }); break;
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
    case Kind::kTanh: return std::tanh(x);
    case Kind::kSigmoid: return Sigmoid(x);
    case Kind::kSilu: return x * Sigmoid(x);
    case Kind::kHardswish: return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0;
    case Kind::kHardsigmoid: return std::clamp(x + 3.0, 0.0, 6.0) / 6.0;
    case Kind::kMish: return x * std::tanh(std::log1p(std::exp(x)));
    case Kind::kGelu: return Gelu(x);
    case Kind::kGeluTanh: return GeluTanh(x);
    case Kind::kSoftplus: return Softplus(x, p);
    case Kind::kElu: return Elu(x, p);
    case Kind::kLeakyRelu: return x > 0 ? x : x * p[0];
  }
  return std::numeric_limits<double>::quiet_NaN();
}

namespace {

// Where between `low` and `high` the function may turn or jump: 0, the one minimum of a smooth one,
// where softplus changes its branch.
template <typename Visit>
void ForEachTurn(Kind kind, const std::array<double, 3>& p, double low, double high, Visit visit) {
  const auto at = [&](double x) {
    if (low < x && x < high) visit(ApplyIdeal(kind, p, x));
  };
  at(0);
  switch (kind) {
    case Kind::kSilu: at(-1.2784645427610738); break;
    case Kind::kMish: at(-1.192431236); break;
    case Kind::kGelu: at(-0.7517915246935645); break;
    case Kind::kGeluTanh: at(-0.7524614220710162); break;
    case Kind::kHardswish: at(-1.5); break;
    case Kind::kSoftplus:
      if (const double x = p[1] / p[0]; low <= x && x <= high) {
        visit(x);
        visit(std::log1p(std::exp(p[1])) / p[0]);
      }
      break;
    default: break;
  }
}

// Functions that have a pole at 0: nothing bounds them on an interval around it.
bool HasPole(Kind kind) { return kind == Kind::kReciprocal || kind == Kind::kRsqrt; }

}  // namespace

void ApplyInterval(Kind kind, const std::array<double, 3>& parameters,
                   std::span<const float> in_low, std::span<const float> in_high,
                   std::span<float> out_low, std::span<float> out_high) {
  const int steps = 3;
  for (std::size_t i = 0; i < in_low.size(); ++i) {
    const auto a = static_cast<float>(ApplyIdeal(kind, parameters, static_cast<double>(in_low[i])));
    const auto b =
        in_high[i] == in_low[i]
            ? a
            : static_cast<float>(ApplyIdeal(kind, parameters, static_cast<double>(in_high[i])));
    float least = std::min(a, b);
    float most = std::max(a, b);
    if (in_low[i] < in_high[i]) {
      const auto low = static_cast<double>(in_low[i]);
      const auto high = static_cast<double>(in_high[i]);
      ForEachTurn(kind, parameters, low, high, [&](double y) {
        least = std::min(least, static_cast<float>(y));
        most = std::max(most, static_cast<float>(y));
      });
      if (HasPole(kind) && low <= 0 && high >= 0) {
        least = -std::numeric_limits<float>::infinity();
        most = std::numeric_limits<float>::infinity();
      }
    }
    out_low[i] = StayInRange(kind, Step(least, -steps));
    out_high[i] = StayInRange(kind, Step(most, steps));
    if (std::isnan(a) || std::isnan(b)) out_low[i] = out_high[i] = a + b;
  }
}

double LipschitzBound(Kind kind, const std::array<double, 3>& p) {
  switch (kind) {
    case Kind::kRelu:
    case Kind::kNeg:
    case Kind::kAbs:
    case Kind::kTanh:
    case Kind::kSoftplus: return 1;
    case Kind::kSigmoid: return 0.25;
    case Kind::kHardsigmoid: return 1.0 / 6;
    case Kind::kSilu: return 1.0999;    // at x = 2.4
    case Kind::kHardswish: return 1.5;  // at x = 3
    case Kind::kMish: return 1.0894;    // at x = 1.49
    case Kind::kGelu: return 1.1290;    // at x = sqrt(2)
    case Kind::kGeluTanh: return 1.1296;
    case Kind::kElu: return std::abs(p[1]) * std::max(1.0, std::abs(p[0] * p[2]));
    case Kind::kLeakyRelu: return std::max(1.0, std::abs(p[0]));
    case Kind::kSqrt:
    case Kind::kRsqrt:
    case Kind::kReciprocal:
    case Kind::kExp: return std::numeric_limits<double>::infinity();
  }
  return std::numeric_limits<double>::infinity();
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
