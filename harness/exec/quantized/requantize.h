// SPDX-License-Identifier: BSD-3-Clause
//
// How integer kernels turn an int32 accumulator into a code: multiplying by a 31 bit integer and
// shifting, in place of a real number (docs/proof.md, "Kernel semantics").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace foldproof::exec {

enum class Kernel {
  kQ31,   // gemmlowp's double rounding: TFLite's reference kernels, CMSIS-NN
  kTosa,  // TOSA's RESCALE with scale32 and double rounding
};

std::string_view NameOf(Kernel kernel);  // "q31", "tosa"

// M = f64(f32(s_x)) * f64(f32(s_w)) / f64(f32(s_out)), every operation in float64, from left to
// right (tensorflow/lite/kernels/kernel_util.cc, PopulateConvolutionQuantizationParams).
double RealMultiplier(double input_scale, double weight_scale, double output_scale);

// z + round(f32(bound) / f32(scale)), the quotient in float32, rounded half away from zero: the
// code of an activation's bound (the same file, CalculateActivationRangeQuantized). A quotient
// beyond 2^40 counts as 2^40.
std::int64_t CodeOfBound(double bound, double scale, std::int64_t zero_point);

// A real multiplier as a kernel holds it.
class Requantizer {
 public:
  // nullopt where the kernel has no integers for M: M is negative or not finite; kQ31: M >= 2^30;
  // kTosa: M >= 2^29. With M = m * 2^e, m in [1/2, 1), and q = round(m * 2^31), half away from zero
  // (q = 2^31 becomes 2^30 with e + 1), the multiplier is q * 2^(e - 31); but
  //   kQ31   0 where e < -31 (quantization_util.cc, QuantizeMultiplier);
  //   kTosa  for 31 - e > 62 q is shifted right until the shift is 62 (LLVM's
  //          mlir/lib/Dialect/Tosa/Utils/QuantUtils.cpp, computeMultiplierAndShift).
  static std::optional<Requantizer> Make(Kernel kernel, double real);

  // kQ31: x = a * 2^max(e, 0), which wraps; h = (x * q + nudge) / 2^31 rounds to nearest, ties
  // upwards; h / 2^max(-e, 0) rounds to nearest, ties away from zero (gemmlowp's fixedpoint.h,
  // SaturatingRoundingDoublingHighMul and RoundingDivideByPOT; TFLite's common.h,
  // MultiplyByQuantizedMultiplier).
  // kTosa: (a * q + 2^(s - 1) +- 2^30) >> s with s = 31 - e, the last term where s > 31, with a's
  // sign (TOSA specification, apply_scale_32). In 64 bits; the specification's int32 holds it
  // wherever IsDefined.
  std::int64_t operator()(std::int32_t accumulator) const;

  // Whether kernels agree on what they do with `accumulator`: kQ31: a * 2^max(e, 0) fits into
  // int32; kTosa: -2^(s - 1) <= a < 2^(s - 1). True of all between two of which it is true.
  bool IsDefined(std::int32_t accumulator) const;

  // The number that it multiplies by, exactly.
  double multiplier() const;
  // How far the product is from what is rounded last, in codes: kQ31 2^-(n + 1) for a right shift
  // of n >= 1, kTosa 2^(30 - s) where s > 31; else 0. The last rounding costs 1/2 at most.
  double first_rounding() const;

  // All that it is.
  auto All() const {
    const auto& [kernel, q, exponent] = *this;
    return std::tuple(kernel, q, exponent);
  }

 private:
  Requantizer(Kernel kernel, std::int32_t q, int exponent)
      : kernel_(kernel), q_(q), exponent_(exponent) {}

  Kernel kernel_;
  std::int32_t q_;  // 0, or in [2^30, 2^31); smaller in kTosa at shift 62
  int exponent_;    // multiplier = q * 2^(exponent - 31)
};

}  // namespace foldproof::exec
