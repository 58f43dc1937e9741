// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that compute each element of a constant from one element of each operand. Each gives
// the value as PyTorch does (docs/numerics.md) and the ideal in float64; each throws NotEvaluated
// where PyTorch refuses, or where what it does is not written here. float16, bfloat16, float8,
// complex numbers are refused throughout.
#pragma once

#include <variant>

#include "harness/prove/constants/constant_value.h"
#include "src/ir/op.h"

namespace foldproof::prove {

// An operand: a tensor, or a Python number, which gives way to any tensor of its own category
// (bool < integer < float) and never widens one.
using ConstantOperand = std::variant<const ConstantValue*, double, std::int64_t>;

// add, sub: f32(a + alpha * b), the product fused as with FMA hardware (alpha of 1 and -1 make no
// difference; for others PyTorch fuses in a vector's body and not always in its remainder); sub is
// add of -alpha. mul, div: one rounding. A number, alpha too, is first rounded to the type computed
// in. Integers wrap; their true division is one of float32. minimum, maximum: NaN goes through.
// Without its ideal the result has that of its value.
ConstantValue EvaluateBinary(const ir::Binary& op, const ConstantOperand& self,
                             const ConstantOperand& other, bool with_ideal = true);

// relu, neg, abs, sqrt (IEEE), rsqrt, reciprocal, leaky_relu to the bit; the others computed in
// float64 and rounded once, which builds of PyTorch meet within two steps.
ConstantValue EvaluateUnary(const ir::Unary& op, const ConstantValue& input);

// min(max(x, low), high) in the type of x, to which the bounds are rounded; integers have whole
// bounds of their own type. NaN goes through.
ConstantValue EvaluateClamp(const ir::Clamp& op, const ConstantValue& input);

ConstantValue EvaluateCast(const ConstantValue& input, ir::ScalarType dtype);

}  // namespace foldproof::prove
