// SPDX-License-Identifier: BSD-3-Clause
//
// Functions of one constant tensor.
#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/elementwise.h"
#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;

// Element by element from `input`.
ConstantValue WithRootsOf(const ConstantValue& input, ConstantValue out) {
  out.roots = input.roots;
  return out;
}

bool KeepsIntegers(ir::Unary::Kind kind) {
  return kind == ir::Unary::Kind::kRelu || kind == ir::Unary::Kind::kNeg ||
         kind == ir::Unary::Kind::kAbs;
}

bool TakesIntegers(ir::Unary::Kind kind) {
  using Function = ir::Unary::Kind;
  return KeepsIntegers(kind) || kind == Function::kSqrt || kind == Function::kRsqrt ||
         kind == Function::kReciprocal || kind == Function::kExp || kind == Function::kTanh ||
         kind == Function::kSigmoid;
}

ConstantValue IntegerUnary(ir::Unary::Kind kind, const ConstantValue& input) {
  std::vector<std::int64_t> numbers = NumbersOf<std::int64_t>(input.value);
  for (std::int64_t& x : numbers) {
    const auto negated = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(x));
    if (kind == ir::Unary::Kind::kRelu) x = std::max<std::int64_t>(x, 0);
    if (kind == ir::Unary::Kind::kNeg || (kind == ir::Unary::Kind::kAbs && x < 0)) x = negated;
  }
  return {TensorOf(input.value.dtype, input.value.sizes, numbers)};
}

}  // namespace

ConstantValue EvaluateUnary(const ir::Unary& op, const ConstantValue& input) {
  const ScalarType dtype = input.value.dtype;
  const std::string name(ir::Name(dtype));
  if (!IsComputed(dtype) || dtype == ScalarType::kBool || dtype == ScalarType::kUInt16) {
    throw NotEvaluated{"functions of " + name + " are not evaluated here"};
  }
  if (!ir::IsFloat(dtype)) {
    if (!TakesIntegers(op.kind)) throw NotEvaluated{"PyTorch has no such function of " + name};
    if (KeepsIntegers(op.kind)) return WithRootsOf(input, IntegerUnary(op.kind, input));
    if (op.in_place) throw NotEvaluated{"its result does not fit its operand's type"};
  }
  const bool is_root = op.kind == ir::Unary::Kind::kSqrt && dtype != ScalarType::kFloat64;
  if (!is_root && !IsBitExact(op.kind)) {
    throw NotEvaluated{"its bits differ from one PyTorch to another"};
  }
  if (dtype == ScalarType::kFloat64 && op.kind == ir::Unary::Kind::kRsqrt) {
    throw NotEvaluated{"a square root of float64 was not measured"};
  }
  ConstantValue out;
  const auto ideal = [&](double x) { return ApplyIdeal(op.kind, op.parameters, x); };
  if (dtype == ScalarType::kFloat64) {
    std::vector<double> numbers = NumbersOf<double>(input.value);
    std::ranges::transform(numbers, numbers.begin(), ideal);
    out.value = TensorOf(dtype, input.value.sizes, numbers);
  } else {
    const std::vector<float> numbers = NumbersOf<float>(input.value);
    std::vector<float> results(numbers.size());
    if (is_root)
      std::ranges::transform(numbers, results.begin(), [](float x) { return std::sqrt(x); });
    else
      ApplyExact(op.kind, op.parameters, numbers, results);
    out.value = TensorOf(ScalarType::kFloat32, input.value.sizes, results);
  }
  out.own_ideal = input.Ideal();
  std::ranges::transform(out.own_ideal, out.own_ideal.begin(), ideal);
  out.roots = input.roots;
  return out;
}

namespace {

template <typename T>
std::vector<T> Clamped(std::vector<T> numbers, std::optional<double> low,
                       std::optional<double> high) {
  for (T& x : numbers) {
    if (low && x < static_cast<T>(*low)) x = static_cast<T>(*low);
    if (high && x > static_cast<T>(*high)) x = static_cast<T>(*high);
  }
  return numbers;
}

}  // namespace

ConstantValue EvaluateClamp(const ir::Clamp& op, const ConstantValue& input) {
  const exec::Tensor& tensor = input.value;
  const ScalarType result = tensor.dtype;
  if (!IsComputed(tensor.dtype) || tensor.dtype == ScalarType::kBool) {
    throw NotEvaluated{"bounds on " + std::string(ir::Name(tensor.dtype)) +
                       " are not evaluated here"};
  }
  ConstantValue out;
  if (ir::IsInteger(result)) {
    for (const auto& bound : {op.low, op.high}) {
      const bool fits = !bound || (std::trunc(*bound) == *bound && std::abs(*bound) < 0x1p53 &&
                                   static_cast<double>(ir::LowestOf(result)) <= *bound &&
                                   *bound <= static_cast<double>(ir::HighestOf(result)));
      if (!fits) throw NotEvaluated{"a bound is no number of its operand's type"};
    }
    out.value =
        TensorOf(result, tensor.sizes, Clamped(NumbersOf<std::int64_t>(tensor), op.low, op.high));
    return WithRootsOf(input, std::move(out));
  }
  out.value =
      result == ScalarType::kFloat32
          ? TensorOf(result, tensor.sizes, Clamped(NumbersOf<float>(tensor), op.low, op.high))
          : TensorOf(result, tensor.sizes, Clamped(NumbersOf<double>(tensor), op.low, op.high));
  out.own_ideal = Clamped(input.Ideal(), op.low, op.high);
  return WithRootsOf(input, std::move(out));
}

ConstantValue EvaluateCast(const ConstantValue& input, ScalarType dtype) {
  const ScalarType from = input.value.dtype;
  if (!IsComputed(from) || !IsComputed(dtype)) {
    throw NotEvaluated{"conversions from " + std::string(ir::Name(from)) + " to " +
                       std::string(ir::Name(dtype)) + " are not evaluated here"};
  }
  if (dtype == from) return input;
  ConstantValue out;
  const auto& sizes = input.value.sizes;
  if (from == ScalarType::kFloat32) {
    out.value = TensorOf(dtype, sizes, NumbersOf<float>(input.value));
  } else if (from == ScalarType::kFloat64) {
    out.value = TensorOf(dtype, sizes, NumbersOf<double>(input.value));
  } else {
    out.value = TensorOf(dtype, sizes, NumbersOf<std::int64_t>(input.value));
  }
  if (ir::IsFloat(dtype)) out.own_ideal = input.Ideal();
  return WithRootsOf(input, std::move(out));
}

}  // namespace foldproof::prove
