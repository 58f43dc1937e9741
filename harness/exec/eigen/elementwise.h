// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of single elements, in float64.
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"
#include "src/ir/op.h"

namespace foldproof::exec::real {

// op.kind of each element. relu, neg and abs of integers stay integers, wrapped to their type; any
// other function of integers is one of reals. A -0 stays -0 under relu, and NaN stays NaN.
NumericTensor ApplyUnary(const ir::Unary& op, NumericTensor input);

// min(max(x, low), high); NaN stays NaN, and high wins where it is below low. Integers stay
// integers where both bounds are.
NumericTensor ApplyClamp(const ir::Clamp& op, NumericTensor input);

// op.kind of two tensors, whose shapes broadcast, or numbers. Numbers of the graph are the float64
// or int64 that they are there. Two integer operands give an integer of the type that PyTorch
// promotes to, wrapped, but div without rounding, which gives reals. Throws Error(kInput) with an
// empty place for shapes that do not broadcast, an integer division by 0, and arithmetic of bools.
using BinaryOperand = std::variant<NumericTensor, double, std::int64_t>;
NumericTensor ApplyBinary(const ir::Binary& op, BinaryOperand self, BinaryOperand other);

// Whether a comparison holds, element by element: of integers where both operands are, else of
// reals. Numbers and shapes as in ApplyBinary.
NumericTensor ApplyCompare(const ir::Compare& op, BinaryOperand self, BinaryOperand other);

// Elements of `self` where `condition` is not 0, else of `other`; all three broadcast. Integers of
// one type stay so; where one is of reals, or a real number, both are. Throws Error(kInput) with an
// empty place for integers of several types.
NumericTensor Chosen(const IntegerTensor& condition, BinaryOperand self, BinaryOperand other);

// x where x > 0, else weight * x: one number, or one an index of dimension 1.
RealTensor PreluOf(RealTensor input, const RealTensor& weight);

// Elements of type `from` as elements of `to`. To a half type: rounded once; to another
// floating-point type: unchanged, float64. From reals to integers: rounded to `from` first, then
// toward zero, as x86 converts; what does not fit into int64, and NaN, becomes -2^63, and the low
// bits are kept. To bool: whether it is not 0.
NumericTensor ApplyCast(ir::ScalarType from, ir::ScalarType to, NumericTensor input);

}  // namespace foldproof::exec::real
