// SPDX-License-Identifier: BSD-3-Clause
//
// Elementwise functions of one float32, over arrays. Exact ones give PyTorch's bits; the others
// (sigmoid, exp, tanh: another library in every build, another kernel in a vector's body and in its
// remainder) are intervals that hold whatever a kernel gives (kernel_errors.h).
#pragma once

#include <array>
#include <span>

#include "src/ir/op.h"

namespace foldproof::prove {

// True for functions that every kernel computes by the same correctly rounded operations: relu,
// neg, abs, rsqrt, reciprocal, leaky_relu, hardswish, hardsigmoid, threshold, hardshrink, roundings
// to integers and powers of whole exponents. PyTorch's sqrt is not: the wheel's is a step off on
// 17 % of the numbers. Nor is softshrink, whose zeros have either sign.
bool IsBitExact(ir::Unary::Kind kind);

// True where the function with these parameters is one that was held to libtorch on all float32
// numbers (golden/unary_errors.tsv), or made of such a one by operations that round once: elu
// (selu, celu) with factors above 0, softplus of any beta above 0 and a threshold of at most 20.
bool IsMeasured(ir::Unary::Kind kind, const std::array<double, 3>& parameters);

// What relu6 gives, of which hardswish and hardsigmoid are made.
inline float Between0And6(float x) { return x < 0 ? 0.0f : x > 6 ? 6.0f : x; }

void ApplyExact(ir::Unary::Kind kind, const std::array<double, 3>& parameters,
                std::span<const float> in, std::span<float> out);

// For each i an interval that holds whatever any kernel gives for any number of
// [in_low[i], in_high[i]]; both ends are NaN where one may give NaN, and where nothing is known of
// the kernels (not IsMeasured). Implemented in function_intervals.cc.
void ApplyInterval(ir::Unary::Kind kind, const std::array<double, 3>& parameters,
                   std::span<const float> in_low, std::span<const float> in_high,
                   std::span<float> out_low, std::span<float> out_high);

// How far any kernel's result can be from the function in real numbers (its parameters as float32
// numbers) for a float32 number of [low, high]; infinite where that is not known. Implemented in
// function_intervals.cc.
double LargestKernelError(ir::Unary::Kind kind, const std::array<double, 3>& parameters, float low,
                          float high);

// The function in float64, for ideal tails.
double ApplyIdeal(ir::Unary::Kind kind, const std::array<double, 3>& parameters, double x);

// Where the function steps: by how much at most, as its results are further apart than its
// operands times the bound of its slope. 0 where it is continuous.
double LargestStep(ir::Unary::Kind kind, const std::array<double, 3>& parameters);

// The largest |f'|, for tolerances; infinity where there is none (exp, sqrt).
double LipschitzBound(ir::Unary::Kind kind, const std::array<double, 3>& parameters);
// The same of the numbers of [low, high], where exp and log1p have one.
double LipschitzBoundOver(ir::Unary::Kind kind, const std::array<double, 3>& parameters, double low,
                          double high);

// a / b rounded down as PyTorch does it: by the exact remainder, not by floor of the quotient.
float FloorDivide(float a, float b);

}  // namespace foldproof::prove
