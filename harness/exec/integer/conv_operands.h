// SPDX-License-Identifier: BSD-3-Clause
//
// A convolution's operands as numbers: codes less their zero points where they are codes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/exec/integer/code_product.h"
#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/integer/conv_geometry.h"

namespace foldproof::exec {

// One element's q - z of a tensor of codes, wrapped where its meaning says so. Throws Error(kInput)
// with an empty place where a difference is above 2^31 or the codes are no integers.
std::vector<std::int32_t> ShiftedCodesOf(const CodedTensor& dequantized);

// Whether `weight` has one scale, or one an output channel; then A stands for v.
bool HasScaleAnOutput(const CodedTensor& weight, bool transposed);

// q_b - z_b of a dequantized bias, wrapped where its meaning says so.
std::vector<std::int64_t> BiasCodesOf(const CodedTensor& bias);

// b in float64, one an output channel; zeros where there is none. Throws Error(kInput) with an
// empty place for any other length, and for a bias of integers that nothing dequantized, which
// PyTorch refuses too.
std::vector<double> BiasOf(const CodedTensor* bias, std::size_t outputs);

// The weight of a plain convolution (conv_geometry.h), outputs x taps.
struct PlainWeight {
  std::vector<std::int32_t> codes;  // where it is codes
  std::vector<double> numbers;      // the codes, or the floats themselves
  std::vector<double> scales;       // f32(s_w), one an output channel; empty for floats
  bool narrow = false;              // every code is within int16
};
PlainWeight WeightOf(const ConvGeometry& geometry, bool transposed, const CodedTensor& weight,
                     bool as_codes);

}  // namespace foldproof::exec
