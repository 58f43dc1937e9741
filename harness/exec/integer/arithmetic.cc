// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/arithmetic.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "harness/exec/integer/broadcast_loop.h"
#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;
using BinaryKind = ir::Binary::Kind;
using Rounding = ir::Binary::Rounding;

// The floor of a / b by the exact remainder, as PyTorch and Python have it; IEEE in T.
template <typename T>
T FloorDivide(T a, T b) {
  if (b == 0) return a / b;
  const T remainder = std::fmod(a, b);
  T quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= T{1};
  if (quotient == 0) return std::copysign(T{0}, a / b);
  const T floored = std::floor(quotient);
  return quotient - floored > T{0.5} ? floored + T{1} : floored;
}

std::int64_t Wrapped(std::uint64_t x) { return static_cast<std::int64_t>(x); }

std::int64_t DivideIntegers(std::int64_t a, std::int64_t b, Rounding rounding) {
  if (b == 0) Refuse("divides an integer by 0");
  if (b == -1) return Wrapped(0 - static_cast<std::uint64_t>(a));
  const std::int64_t quotient = a / b;
  const bool below = rounding == Rounding::kFloor && a % b != 0 && (a < 0) != (b < 0);
  return below ? quotient - 1 : quotient;
}

template <typename T, typename Loop>
void DivideLoop(Rounding rounding, Loop&& loop) {
  if constexpr (std::is_integral_v<T>) {
    loop([rounding](T a, T b) { return DivideIntegers(a, b, rounding); });
  } else if (rounding == Rounding::kFloor) {
    loop([](T a, T b) { return FloorDivide(a, b); });
  } else if (rounding == Rounding::kTrunc) {
    loop([](T a, T b) { return std::trunc(a / b); });
  } else {
    loop([](T a, T b) { return a / b; });
  }
}

// a + alpha * b.
template <typename T, typename Loop>
void AddLoop(T alpha, Loop&& loop) {
  if constexpr (std::is_integral_v<T>) {
    loop([alpha](T a, T b) {
      using U = std::uint64_t;
      return Wrapped(static_cast<U>(a) + static_cast<U>(alpha) * static_cast<U>(b));
    });
  } else if (alpha == T{1}) {
    loop([](T a, T b) { return a + b; });
  } else if (alpha == T{-1}) {
    loop([](T a, T b) { return a - b; });
  } else {
    loop([alpha](T a, T b) { return std::fma(alpha, b, a); });
  }
}

// Calls loop(f) with the operator as a function of two elements.
template <typename T, typename Loop>
void WithBinary(const ir::Binary& op, Loop&& loop) {
  const T alpha = std::visit([](auto number) { return static_cast<T>(number); }, op.alpha);
  switch (op.kind) {
    case BinaryKind::kAdd: return AddLoop<T>(alpha, loop);
    case BinaryKind::kSub: return AddLoop<T>(static_cast<T>(0 - alpha), loop);
    case BinaryKind::kMul:
      if constexpr (std::is_integral_v<T>) {
        return loop([](T a, T b) {
          return Wrapped(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
        });
      } else {
        return loop([](T a, T b) { return a * b; });
      }
    case BinaryKind::kDiv: return DivideLoop<T>(op.rounding, loop);
    case BinaryKind::kMinimum:
      return loop([](T a, T b) { return a != a ? a : b < a || b != b ? b : a; });
    case BinaryKind::kMaximum:
      return loop([](T a, T b) { return a != a ? a : b > a || b != b ? b : a; });
  }
}

template <typename T>
CodedTensor BinaryIn(const ir::Binary& op, const NumberOrTensor& self, const NumberOrTensor& other,
                     ScalarType dtype) {
  const std::vector<std::int64_t> sizes = BroadcastSizes(SizesOf(self), SizesOf(other));
  std::vector<T> left_store, right_store;
  const std::span<const T> left = OperandIn(self, left_store),
                           right = OperandIn(other, right_store);
  const BroadcastLoops loops = LoopsOver(SizesOf(self), SizesOf(other), sizes);
  Filling<T> out(CountOf(sizes));
  if (out.span().empty()) return StoreNumbers<T>(out.span(), dtype, sizes);
  WithBinary<T>(op, [&](auto f) { ApplyBroadcast<T>(loops, left, right, out.span(), f); });
  const bool is_stored_as_computed =
      dtype == ScalarType::kFloat32 || dtype == ScalarType::kFloat64 || dtype == ScalarType::kInt64;
  if (is_stored_as_computed) return std::move(out).Finish(dtype, sizes);
  return StoreNumbers<T>(out.span(), dtype, sizes);
}

// Calls loop(f) with the comparison as a function of two elements; it does not hold of NaN, but !=.
template <typename T, typename Loop>
void WithCompare(ir::Compare::Kind kind, Loop&& loop) {
  switch (kind) {
    case ir::Compare::Kind::kGreater: return loop([](T a, T b) -> T { return a > b; });
    case ir::Compare::Kind::kGreaterEqual: return loop([](T a, T b) -> T { return a >= b; });
    case ir::Compare::Kind::kLess: return loop([](T a, T b) -> T { return a < b; });
    case ir::Compare::Kind::kLessEqual: return loop([](T a, T b) -> T { return a <= b; });
    case ir::Compare::Kind::kEqual: return loop([](T a, T b) -> T { return a == b; });
    case ir::Compare::Kind::kNotEqual: return loop([](T a, T b) -> T { return a != b; });
  }
}

template <typename T>
CodedTensor CompareIn(const ir::Compare& op, const NumberOrTensor& self,
                      const NumberOrTensor& other) {
  const std::vector<std::int64_t> sizes = BroadcastSizes(SizesOf(self), SizesOf(other));
  std::vector<T> left_store, right_store, out(CountOf(sizes));
  const std::span<const T> left = OperandIn(self, left_store),
                           right = OperandIn(other, right_store);
  const BroadcastLoops loops = LoopsOver(SizesOf(self), SizesOf(other), sizes);
  if (!out.empty()) {
    WithCompare<T>(op.kind,
                   [&](auto f) { ApplyBroadcast<T>(loops, left, right, std::span(out), f); });
  }
  return StoreNumbers<T>(out, ScalarType::kBool, sizes);
}

}  // namespace

CodedTensor ComputeCompare(const ir::Compare& op, const NumberOrTensor& self,
                           const NumberOrTensor& other) {
  const ScalarType dtype = ResultTypeOf(std::array{self, other});
  if (dtype == ScalarType::kFloat16 || dtype == ScalarType::kBFloat16) {
    Refuse("comparisons of half types are not run here");  // a number is rounded to them first
  }
  switch (ArithmeticOf(dtype)) {
    case Arithmetic::kFloat32: return CompareIn<float>(op, self, other);
    case Arithmetic::kFloat64: return CompareIn<double>(op, self, other);
    case Arithmetic::kInteger: break;
  }
  return CompareIn<std::int64_t>(op, self, other);
}

CodedTensor ComputeBinary(const ir::Binary& op, const NumberOrTensor& self,
                          const NumberOrTensor& other) {
  ScalarType dtype = ResultTypeOf(std::array{self, other});
  const bool true_division = op.kind == BinaryKind::kDiv && op.rounding == Rounding::kNone;
  if (true_division && !ir::IsFloat(dtype)) dtype = ScalarType::kFloat32;
  if (dtype == ScalarType::kBool) Refuse("arithmetic of bool is not computed here");
  if (dtype == ScalarType::kUInt16) Refuse("PyTorch has no arithmetic of uint16");
  if (!ir::IsFloat(dtype) && std::holds_alternative<double>(op.alpha)) {
    Refuse("PyTorch takes no float alpha with integers");
  }
  const auto computed = [&] {
    switch (ArithmeticOf(dtype)) {
      case Arithmetic::kFloat32: return BinaryIn<float>(op, self, other, dtype);
      case Arithmetic::kFloat64: return BinaryIn<double>(op, self, other, dtype);
      case Arithmetic::kInteger: break;
    }
    return BinaryIn<std::int64_t>(op, self, other, dtype);
  };
  // What is written in place is computed in the common type and rounded to the operand's once.
  const auto* written = std::get_if<const CodedTensor*>(&self);
  if (!op.in_place || written == nullptr) return computed();
  if (ir::IsFloat(dtype) && !ir::IsFloat((*written)->dtype())) {
    Refuse("PyTorch writes no floats into a tensor of integers");
  }
  return ComputeCast(computed(), (*written)->dtype());
}

CodedTensor ComputeClamp(const ir::Clamp& op, const CodedTensor& input) {
  const NumberOrTensor low = op.low.value_or(0), high = op.high.value_or(0);
  NumberOrTensor operands[] = {&input, &input, &input};
  const auto is_integer = [](double bound) { return std::trunc(bound) == bound; };
  // hardtanh keeps its operand's type; so does clamp with whole numbers.
  if (op.low && !is_integer(*op.low)) operands[1] = low;
  if (op.high && !is_integer(*op.high)) operands[2] = high;
  const ScalarType dtype = ResultTypeOf(operands);
  const auto clamp = [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> store;
    const std::span<const T> x = NumbersIn<T>(input, store);
    const T from = op.low ? static_cast<T>(*op.low) : std::numeric_limits<T>::lowest();
    const T to = op.high ? static_cast<T>(*op.high) : std::numeric_limits<T>::max();
    Filling<T> out(x.size());
    const std::span<T> y = out.span();
    const bool bounded_below = op.low.has_value(), bounded_above = op.high.has_value();
    for (std::size_t i = 0; i < x.size(); ++i) {
      const T raised = bounded_below && x[i] < from ? from : x[i];
      y[i] = bounded_above && raised > to ? to : raised;
    }
    return StoreNumbers<T>(y, dtype, input.sizes());
  };
  switch (ArithmeticOf(dtype)) {
    case Arithmetic::kFloat32: return clamp(float{});
    case Arithmetic::kFloat64: return clamp(double{});
    case Arithmetic::kInteger: break;
  }
  return clamp(std::int64_t{});
}

CodedTensor ComputeCast(const CodedTensor& input, ScalarType dtype) {
  if (dtype == input.dtype()) return input;
  switch (ArithmeticOf(input.dtype())) {
    case Arithmetic::kFloat32: {
      std::vector<float> store;
      return StoreNumbers<float>(NumbersIn(input, store), dtype, input.sizes());
    }
    case Arithmetic::kFloat64: {
      std::vector<double> store;
      return StoreNumbers<double>(NumbersIn(input, store), dtype, input.sizes());
    }
    case Arithmetic::kInteger: break;
  }
  std::vector<std::int64_t> store;
  return StoreNumbers<std::int64_t>(NumbersIn(input, store), dtype, input.sizes());
}

}  // namespace foldproof::exec
