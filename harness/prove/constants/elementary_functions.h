// SPDX-License-Identifier: BSD-3-Clause
//
// Elementwise functions of one float32, over arrays. Exact ones give PyTorch's bits; for the others
// (sigmoid, exp, tanh: another library in every build, another kernel in a vector's body and in its
// remainder) the interval holds whatever a kernel within two float32 steps of the true value gives.
#pragma once

#include <array>
#include <span>

#include "src/ir/op.h"

namespace foldproof::prove {

// relu, neg, abs, sqrt (IEEE), rsqrt, reciprocal, leaky_relu.
bool IsBitExact(ir::Unary::Kind kind);

void ApplyExact(ir::Unary::Kind kind, const std::array<double, 3>& parameters,
                std::span<const float> in, std::span<float> out);

void ApplyInterval(ir::Unary::Kind kind, const std::array<double, 3>& parameters,
                   std::span<const float> in_low, std::span<const float> in_high,
                   std::span<float> out_low, std::span<float> out_high);

// The function in float64, for ideal tails.
double ApplyIdeal(ir::Unary::Kind kind, const std::array<double, 3>& parameters, double x);

// The largest |f'|, for tolerances; infinity where there is none (exp, sqrt).
double LipschitzBound(ir::Unary::Kind kind, const std::array<double, 3>& parameters);

// a / b rounded down as PyTorch does it: by the exact remainder, not by floor of the quotient.
float FloorDivide(float a, float b);

}  // namespace foldproof::prove
