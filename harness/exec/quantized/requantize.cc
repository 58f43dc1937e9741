// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/requantize.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace foldproof::exec {
namespace {

constexpr std::int64_t kTwo31 = std::int64_t{1} << 31;
constexpr int kMostTosaShift = 62;
constexpr int kLeastTosaShift = 2;

double Single(double x) { return static_cast<double>(static_cast<float>(x)); }

// round(a * b / 2^31) to nearest, ties towards plus infinity; the division truncates. Both are
// -2^31: 2^31 - 1.
std::int32_t DoublingHighMultiply(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  if (a == least && b == least) return std::numeric_limits<std::int32_t>::max();
  const std::int64_t product = std::int64_t{a} * b;
  const std::int64_t half = std::int64_t{1} << 30;
  return static_cast<std::int32_t>((product + (product >= 0 ? half : 1 - half)) / kTwo31);
}

// round(x / 2^n) to nearest, ties away from zero; 0 <= n <= 31.
std::int32_t RoundingShift(std::int32_t x, int n) {
  const std::int64_t magnitude = std::abs(std::int64_t{x});
  const std::int64_t rounded = (magnitude + ((std::int64_t{1} << n) >> 1)) >> n;
  return static_cast<std::int32_t>(x < 0 ? -rounded : rounded);
}

// a * 2^n modulo 2^32, as two's complement has it; 0 <= n <= 30.
std::int32_t WrappingShift(std::int32_t a, int n) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) << n);
}

}  // namespace

std::string_view NameOf(Kernel kernel) { return kernel == Kernel::kQ31 ? "q31" : "tosa"; }

double RealMultiplier(double input_scale, double weight_scale, double output_scale) {
  return Single(input_scale) * Single(weight_scale) / Single(output_scale);
}

std::int64_t CodeOfBound(double bound, double scale, std::int64_t zero_point) {
  constexpr double kMost = 0x1p40;
  const float quotient = static_cast<float>(bound) / static_cast<float>(scale);
  const double rounded = static_cast<double>(std::round(quotient));
  return zero_point + static_cast<std::int64_t>(std::clamp(rounded, -kMost, kMost));
}

std::optional<Requantizer> Requantizer::Make(Kernel kernel, double real) {
  if (!std::isfinite(real) || real < 0) return std::nullopt;
  if (real == 0) return Requantizer(kernel, 0, 0);
  int exponent = 0;
  auto q = static_cast<std::int64_t>(std::round(std::frexp(real, &exponent) * 0x1p31));
  if (q == kTwo31) {
    q /= 2;
    ++exponent;
  }
  if (kernel == Kernel::kQ31) {
    if (exponent > 30) return std::nullopt;
    if (exponent < -31) return Requantizer(kernel, 0, 0);
  } else {
    if (31 - exponent < kLeastTosaShift) return std::nullopt;
    if (const int excess = 31 - exponent - kMostTosaShift; excess > 0) {
      q >>= std::min(31, excess);
      exponent = 31 - kMostTosaShift;
    }
  }
  return Requantizer(kernel, static_cast<std::int32_t>(q), exponent);
}

std::int64_t Requantizer::operator()(std::int32_t accumulator) const {
  if (kernel_ == Kernel::kQ31) {
    const std::int32_t shifted = WrappingShift(accumulator, std::max(exponent_, 0));
    return RoundingShift(DoublingHighMultiply(shifted, q_), std::max(-exponent_, 0));
  }
  const int shift = 31 - exponent_;
  std::int64_t round = std::int64_t{1} << (shift - 1);
  if (shift > 31) round += (accumulator >= 0 ? 1 : -1) * (std::int64_t{1} << 30);
  return (std::int64_t{accumulator} * q_ + round) >> shift;
}

bool Requantizer::IsDefined(std::int32_t accumulator) const {
  const int bits = kernel_ == Kernel::kQ31 ? 31 - std::max(exponent_, 0) : 30 - exponent_;
  const std::int64_t end = std::int64_t{1} << std::min(bits, 31);
  return accumulator >= -end && accumulator < end;
}

double Requantizer::multiplier() const { return std::ldexp(q_, exponent_ - 31); }

double Requantizer::first_rounding() const {
  if (kernel_ == Kernel::kQ31) return exponent_ < 0 ? std::ldexp(1.0, exponent_ - 1) : 0;
  return 31 - exponent_ > 31 ? std::ldexp(1.0, exponent_ - 1) : 0;
}

}  // namespace foldproof::exec
