// SPDX-License-Identifier: BSD-3-Clause
//
// Elementwise operators in PyTorch's own precision (docs/numerics.md). All throw Error(kInput) with
// an empty place where PyTorch refuses the operands.
#pragma once

#include "harness/exec/integer/numbers.h"
#include "src/ir/op.h"

namespace foldproof::exec {

// add, sub: fma(alpha, b, a), which for alpha = +-1 is one IEEE operation; mul, div: one IEEE
// operation; minimum, maximum: NaN goes through. A number is rounded to the type computed in first.
// Integers wrap; their true division is one of float32.
CodedTensor ComputeBinary(const ir::Binary& op, const NumberOrTensor& self,
                          const NumberOrTensor& other);

// gt, ge, lt, le, eq, ne in the common type, to which a number is rounded first; bool.
CodedTensor ComputeCompare(const ir::Compare& op, const NumberOrTensor& self,
                           const NumberOrTensor& other);

// self where the condition (a bool tensor) holds, else other; all three broadcast.
CodedTensor ComputeWhere(const CodedTensor& condition, const NumberOrTensor& self,
                         const NumberOrTensor& other);

// x where x > 0, else one multiplication by the weight, one number or one an index of dimension 1.
CodedTensor ComputePrelu(const CodedTensor& input, const CodedTensor& weight);

// relu, neg, abs, sqrt, rsqrt, reciprocal, leaky_relu: IEEE operations of the operand's type; the
// others in float64 and rounded once, within two steps of any build's kernel.
CodedTensor ComputeUnary(const ir::Unary& op, const CodedTensor& input);

// min(max(x, low), high), the bounds rounded to the type of the result; NaN goes through.
CodedTensor ComputeClamp(const ir::Clamp& op, const CodedTensor& input);

CodedTensor ComputeCast(const CodedTensor& input, ir::ScalarType dtype);

// y = fma(x, alpha, beta) (docs/numerics.md, eq. 5): alpha = f32(f32(1 / f32(sqrt(f32(var +
// f32(eps))))) * gamma), beta = fma(-mean, alpha, bias); float32. `input` is [N, C, ...].
struct BatchNormConstants {
  std::vector<float> scale;
  std::vector<float> shift;
};
CodedTensor ComputeBatchNorm(const BatchNormConstants& constants, const CodedTensor& input);

}  // namespace foldproof::exec
