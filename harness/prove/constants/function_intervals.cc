// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/kernel_errors.h"
#include "src/base/error.h"
#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

using Kind = ir::Unary::Kind;
using FunctionParameters = std::array<double, 3>;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

struct Interval {
  float low, high;
};

Interval HullOfTwo(Interval a, Interval b) {
  if (std::isnan(a.low) || std::isnan(b.low)) return {kNan, kNan};
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

// Where a function that falls and then rises turns, and a number just below what it is there.
struct Valley {
  double at, least;
};
std::optional<Valley> ValleyOf(Kind kind) {
  if (kind == Kind::kSilu) return Valley{-1.2784645427610738, -0.27846454276107385};
  if (kind == Kind::kMish) return Valley{-1.1924312145154223, -0.30884990845303107};
  if (kind == Kind::kGelu) return Valley{-0.7517915246935645, -0.16997120747990369};
  if (kind == Kind::kGeluTanh) return Valley{-0.7524614220710162, -0.17004075057125412};
  return std::nullopt;
}

// The float32 number `steps` away from x; infinities are the last ones.
float Step(float x, int steps) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int64_t rank =
      bits >= 0 ? bits : std::int64_t{std::numeric_limits<std::int32_t>::min()} - bits;
  constexpr std::int64_t kLast = 0x7f800000;
  const std::int64_t to = std::clamp(rank + steps, -kLast, kLast);
  return std::bit_cast<float>(static_cast<std::int32_t>(
      to >= 0 ? to : std::int64_t{std::numeric_limits<std::int32_t>::min()} - to));
}

float RoundedDown(double x) {
  const auto rounded = static_cast<float>(x);
  return static_cast<double>(rounded) > x ? Step(rounded, -1) : rounded;
}
float RoundedUp(double x) { return -RoundedDown(-x); }

// No kernel leaves the function's range by rounding: each ends in an operation that cannot.
Interval InRange(Kind kind, Interval y) {
  switch (kind) {
    case Kind::kSigmoid: return {std::clamp(y.low, 0.0f, 1.0f), std::clamp(y.high, 0.0f, 1.0f)};
    case Kind::kErf:
    case Kind::kTanh: return {std::clamp(y.low, -1.0f, 1.0f), std::clamp(y.high, -1.0f, 1.0f)};
    case Kind::kExpm1: return {std::max(y.low, -1.0f), std::max(y.high, -1.0f)};
    case Kind::kExp:
    case Kind::kSqrt:
    case Kind::kSoftplus: return {std::max(y.low, 0.0f), std::max(y.high, 0.0f)};
    default: return y;
  }
}

// What kernels give for the numbers of [low, high], which lie in the piece of `row`. The function
// of them lies between its values at both ends, and in its valley where that is among them.
// Our own float64 value may round to the other side: hence one step more.
Interval InPiece(const KernelError& row, const FunctionParameters& parameters, float low,
                 float high) {
  if (row.nan) return {kNan, kNan};
  const double a = ApplyIdeal(row.kind, parameters, static_cast<double>(low));
  const double b = low == high ? a : ApplyIdeal(row.kind, parameters, static_cast<double>(high));
  if (std::isnan(a) || std::isnan(b)) return {kNan, kNan};
  double least = std::min(a, b);
  const double most = std::max(a, b);
  const auto valley = ValleyOf(row.kind);
  if (valley && static_cast<double>(low) < valley->at && valley->at < static_cast<double>(high)) {
    least = std::min(least, valley->least - 1e-9);
  }
  Interval out{-kInfinity, kInfinity};
  if (row.below != KernelError::kFar) {
    out = {Step(static_cast<float>(least), row.below - 1),
           Step(static_cast<float>(most), row.above + 1)};
  }
  if (std::isfinite(row.absolute)) {
    constexpr double kOurs = 0x1p-44;  // ours and the reference's, of the value
    out.low = std::max(out.low, RoundedDown(least - std::abs(least) * kOurs - row.absolute));
    out.high = std::min(out.high, RoundedUp(most + std::abs(most) * kOurs + row.absolute));
  }
  return InRange(row.kind, out);
}

Interval Measured(std::span<const KernelError> rows, const FunctionParameters& parameters,
                  float low, float high) {
  const auto ends_before = [](const KernelError& row, float x) { return row.to < x; };
  auto row = std::lower_bound(rows.begin(), rows.end(), low, ends_before);
  Interval out{kInfinity, -kInfinity};
  for (; row != rows.end() && row->from <= high; ++row) {
    out = HullOfTwo(out,
                    InPiece(*row, parameters, std::max(low, row->from), std::min(high, row->to)));
  }
  return out;
}

constexpr FunctionParameters kMeasuredElu{1, 1, 1}, kMeasuredSoftplus{1, 20, 0};

// elu: x * f32(scale) of x > 0, else f32(E * f32(f32(alpha) * f32(scale))), E of f32(x *
// f32(input_scale)) what the same kernels give with factors of 1. All factors are above 0.
Interval ComposedElu(std::span<const KernelError> rows, const FunctionParameters& p, float low,
                     float high) {
  const auto scale = static_cast<float>(p[1]), slope = static_cast<float>(p[2]);
  const float below = static_cast<float>(p[0]) * scale;
  Interval out{kInfinity, -kInfinity};
  if (high > 0) out = HullOfTwo(out, {std::max(low, 0.0f) * scale, high * scale});
  if (low > 0) return out;
  const Interval e = Measured(rows, kMeasuredElu, low * slope, std::min(high, 0.0f) * slope);
  return HullOfTwo(out, {e.low * below, e.high * below});
}

// softplus: x where f32(x * f32(beta)) > f32(threshold), else f32(L / f32(beta)), L of that product
// what the same kernels give with a beta of 1, which is known up to 20.
Interval ComposedSoftplus(std::span<const KernelError> rows, const FunctionParameters& p, float low,
                          float high) {
  const auto beta = static_cast<float>(p[0]), threshold = static_cast<float>(p[1]);
  Interval out{kInfinity, -kInfinity};
  const bool bends = low * beta <= threshold;
  if (high * beta > threshold) {
    // What rounds to more than the threshold is above it, or a step below.
    const float least = bends ? Step(RoundedDown(p[1] / p[0]), -4) : low;
    out = HullOfTwo(out, {std::max(low, least), high});
  }
  if (!bends) return out;
  const Interval y =
      Measured(rows, kMeasuredSoftplus, low * beta, std::min(high * beta, threshold));
  return HullOfTwo(out, {y.low / beta, y.high / beta});
}

// softshrink: one operation outside of [-lambd, lambd], so that it never falls. Inside, vectors
// make +0 and what is left of them x * 0, and older kernels 0 of NaN.
Interval Softshrink(float lambd, float low, float high) {
  const auto end = [lambd](float x, float zero) {
    return x > lambd ? x - lambd : x < -lambd ? x + lambd : zero;
  };
  return {end(low, -0.0f), end(high, 0.0f)};
}

Interval Inexact(std::span<const KernelError> rows, Kind kind, const FunctionParameters& p,
                 float low, float high) {
  if (kind == Kind::kSoftshrink) return Softshrink(static_cast<float>(p[0]), low, high);
  if (kind == Kind::kElu && p != kMeasuredElu) return ComposedElu(rows, p, low, high);
  if (kind == Kind::kSoftplus && p != kMeasuredSoftplus)
    return ComposedSoftplus(rows, p, low, high);
  return Measured(rows, p, low, high);
}

float Exact(Kind kind, const FunctionParameters& parameters, float x) {
  float y = 0;
  ApplyExact(kind, parameters, {&x, 1}, {&y, 1});
  return y;
}

// x * c / 6 with c between those of both ends: correctly rounded products never turn around.
Interval Hardswish(float low, float high) {
  const float factors[2] = {Between0And6(low + 3), Between0And6(high + 3)};
  Interval out{kInfinity, -kInfinity};
  for (const float x : {low, high}) {
    for (const float c : factors) {
      const float y = x * c / 6;
      if (std::isnan(y)) return {kNan, kNan};
      out = HullOfTwo(out, {y, y});
    }
  }
  return out;
}

// Functions of correctly rounded operations: monotone between their ends, 0 and their steps.
Interval ExactInterval(Kind kind, const FunctionParameters& parameters, float low, float high) {
  if (kind == Kind::kHardswish && low != high) return Hardswish(low, high);
  const bool around_zero = low <= 0 && high >= 0 && low != high;
  if (kind == Kind::kFrac && low != high) return {low < 0 ? -1.0f : 0.0f, high > 0 ? 1.0f : 0.0f};
  if (around_zero && (kind == Kind::kReciprocal || kind == Kind::kRsqrt)) {
    return kind == Kind::kRsqrt ? Interval{kNan, kNan} : Interval{-kInfinity, kInfinity};
  }
  const float a = Exact(kind, parameters, low);
  const float b = Exact(kind, parameters, high);
  Interval out = HullOfTwo({a, a}, {b, b});
  const bool passes_zero = kind == Kind::kAbs || kind == Kind::kLeakyRelu || kind == Kind::kSquare;
  if (around_zero && passes_zero) out = HullOfTwo(out, {0, 0});
  if (around_zero && kind == Kind::kInverseSquare) out.high = kInfinity;
  // What is just above its threshold is kept.
  const auto level = static_cast<float>(parameters[0]);
  if (kind == Kind::kThreshold && low <= level && level < high) {
    out = HullOfTwo(out, {level, level});
  }
  // So is what is just outside of [-lambd, lambd], and what is inside becomes 0.
  if (kind == Kind::kHardshrink && low <= level && -level <= high) out = HullOfTwo(out, {0, 0});
  return out;
}

// What a few roundings of a result of at most `size` are off, a little more than one unit each, and
// the same among subnormal numbers.
double Roundings(int count, double size) { return count * (1.001 * 0x1p-24 * size + 0x1p-149); }

double LargestOf(Interval y) {
  return std::max(std::abs(static_cast<double>(y.low)), std::abs(static_cast<double>(y.high)));
}

// Of a number of [low, high], which lies in the piece of `row`: a step is at most 2^-23 of a
// result, and ours and the rounding of the true one count as one and a half. Many steps pass powers
// of two.
double ErrorInPiece(const KernelError& row, const FunctionParameters& p, float low, float high) {
  constexpr int kFewSteps = 1 << 12;
  const double a = ApplyIdeal(row.kind, p, static_cast<double>(low));
  const double b = ApplyIdeal(row.kind, p, static_cast<double>(high));
  const auto valley = ValleyOf(row.kind);
  const double bottom = valley ? std::abs(valley->least) : 0;
  if (row.nan || !std::isfinite(a) || !std::isfinite(b)) return kInfinity;
  const double size = std::max({std::abs(a), std::abs(b), bottom});
  double error = kInfinity;
  const int steps = std::max(std::abs(row.below), std::abs(row.above));
  if (steps <= kFewSteps) error = Roundings(2 * (steps + 2), size);
  if (std::isfinite(row.absolute)) error = std::min(error, row.absolute + Roundings(2, size));
  return error;
}

// x * c / 6, c = x + 3 between 0 and 6: of x beyond 3 that is exact.
double HardswishError(float low, float high, double size) {
  const double x =
      std::max(std::abs(static_cast<double>(low)), std::abs(static_cast<double>(high)));
  const bool is_beyond = low > 3 || high < -3;
  return Roundings(2, size) + (is_beyond ? 0 : Roundings(1, std::min(x, 3.0)));
}

// Functions of correctly rounded operations, one rounding each.
double ExactError(Kind kind, const FunctionParameters& p, float low, float high) {
  const double size = LargestOf(ExactInterval(kind, p, low, high));
  if (!std::isfinite(size)) return kInfinity;
  const double x =
      std::max(std::abs(static_cast<double>(low)), std::abs(static_cast<double>(high)));
  switch (kind) {
    case Kind::kLeakyRelu:
    case Kind::kReciprocal:
    case Kind::kSquare: return Roundings(1, size);
    case Kind::kRsqrt: return Roundings(2, size);
    case Kind::kHardsigmoid: return Roundings(2, 1);
    case Kind::kHardswish: return HardswishError(low, high, size);
    case Kind::kCube: return Roundings(2, size) + Roundings(1, 0) * x;
    // The square is a normal number.
    case Kind::kInverseSquare: return size < 0x1p60 && x < 0x1p60 ? Roundings(2, size) : kInfinity;
    default: return 0;
  }
}

}  // namespace

double LargestKernelError(Kind kind, const FunctionParameters& p, float low, float high) {
  if (!IsMeasured(kind, p) || std::isnan(low) || std::isnan(high)) return kInfinity;
  if (IsBitExact(kind)) return ExactError(kind, p, low, high);
  const bool composed = (kind == Kind::kElu && p != kMeasuredElu) ||
                        (kind == Kind::kSoftplus && p != kMeasuredSoftplus);
  if (composed) return kInfinity;
  double worst = 0;
  for (const KernelError& row : KernelErrorsOf(kind)) {
    if (row.to < low || row.from > high) continue;
    worst = std::max(worst, ErrorInPiece(row, p, std::max(low, row.from), std::min(high, row.to)));
  }
  return worst;
}

void ApplyInterval(Kind kind, const FunctionParameters& parameters, std::span<const float> in_low,
                   std::span<const float> in_high, std::span<float> out_low,
                   std::span<float> out_high) {
  const bool known = IsMeasured(kind, parameters);
  const bool exact = IsBitExact(kind);
  const std::span<const KernelError> rows = KernelErrorsOf(kind);
  FP_CHECK(exact || kind == Kind::kSoftshrink || !rows.empty());
  for (std::size_t i = 0; i < in_low.size(); ++i) {
    Interval out{kNan, kNan};
    if (known && !std::isnan(in_low[i]) && !std::isnan(in_high[i])) {
      out = exact ? ExactInterval(kind, parameters, in_low[i], in_high[i])
                  : Inexact(rows, kind, parameters, in_low[i], in_high[i]);
    }
    out_low[i] = out.low;
    out_high[i] = out.high;
  }
}

}  // namespace foldproof::prove
