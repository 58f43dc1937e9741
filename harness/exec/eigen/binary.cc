// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/exec/eigen/elementwise.h"
#include "harness/exec/shape/broadcast.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;
using BinaryKind = ir::Binary::Kind;
using Rounding = ir::Binary::Rounding;

// floor(a / b) as PyTorch and Python have it: from the exact remainder, so that a rounded quotient
// never passes an integer.
double FloorDivided(double a, double b) {
  if (b == 0) return a / b;
  const double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0 && (b < 0) != (rest < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floor = std::floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

double Divided(Rounding rounding, double a, double b) {
  switch (rounding) {
    case Rounding::kNone: return a / b;
    case Rounding::kFloor: return FloorDivided(a, b);
    case Rounding::kTrunc: return std::trunc(a / b);
  }
  FP_CHECK(false);
  return 0;
}

// NaN wins over any number; of two equal ones the second is taken, as vectors do (+0 and -0).
double Smaller(double a, double b) { return std::isnan(a) || a < b ? a : b; }
double Larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }

double Combined(const ir::Binary& op, double alpha, double a, double b) {
  switch (op.kind) {
    case BinaryKind::kAdd: return a + alpha * b;
    case BinaryKind::kSub: return a - alpha * b;
    case BinaryKind::kMul: return a * b;
    case BinaryKind::kDiv: return Divided(op.rounding, a, b);
    case BinaryKind::kMinimum: return Smaller(a, b);
    case BinaryKind::kMaximum: return Larger(a, b);
  }
  FP_CHECK(false);
  return 0;
}

// Rounded toward zero or down. The lowest int64 over -1 wraps.
std::int64_t Divided(Rounding rounding, std::int64_t a, std::int64_t b) {
  if (b == 0) Refuse("divides an integer by 0");
  if (b == -1) return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a));
  const bool is_between = a % b != 0 && (a % b < 0) != (b < 0);
  return a / b - (rounding == Rounding::kFloor && is_between ? 1 : 0);
}

// Modulo 2^64: what a narrower type keeps of it is exact.
std::int64_t Combined(const ir::Binary& op, std::int64_t alpha, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  const auto factor = static_cast<std::uint64_t>(alpha);
  switch (op.kind) {
    case BinaryKind::kAdd: return static_cast<std::int64_t>(x + factor * y);
    case BinaryKind::kSub: return static_cast<std::int64_t>(x - factor * y);
    case BinaryKind::kMul: return static_cast<std::int64_t>(x * y);
    case BinaryKind::kDiv: return Divided(op.rounding, a, b);
    case BinaryKind::kMinimum: return std::min(a, b);
    case BinaryKind::kMaximum: return std::max(a, b);
  }
  FP_CHECK(false);
  return 0;
}

// out[i] = of(a[...], b[...]), the shapes broadcast.
template <typename T, typename Of>
std::vector<T> Broadcast(const Sizes& sizes, const Sizes& a_sizes, const std::vector<T>& a,
                         const Sizes& b_sizes, const std::vector<T>& b, Of of) {
  const std::int64_t count = CheckedCount(sizes);
  std::vector<T> out(static_cast<std::size_t>(count));
  if (a_sizes == b_sizes) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = of(a[i], b[i]);
    return out;
  }
  const BroadcastIndex left(a_sizes, sizes), right(b_sizes, sizes);
  for (std::int64_t i = 0; i < count; ++i) {
    out[static_cast<std::size_t>(i)] = of(a[left.At(i)], b[right.At(i)]);
  }
  return out;
}

// The type of a result of integers: the wider one of the tensors with dimensions, else of the
// others, else int64; uint8 and a signed type of 8 bits meet in int16. nullopt: not run here.
std::optional<ScalarType> Promoted(ScalarType a, ScalarType b) {
  if (a == b || b == ScalarType::kBool) return a;
  if (a == ScalarType::kBool) return b;
  if (a == ScalarType::kUInt16 || b == ScalarType::kUInt16) return std::nullopt;
  if (ir::ElementSize(a) == 1 && ir::ElementSize(b) == 1) return ScalarType::kInt16;
  return ir::ElementSize(a) > ir::ElementSize(b) ? a : b;
}

// An integer operand, and how far it takes part in the promotion of types: a tensor with
// dimensions before one without, before a number of the graph.
struct IntegerOperand {
  IntegerTensor tensor;
  int rank = 0;
};

std::optional<IntegerOperand> IntegerOperandOf(const BinaryOperand& operand) {
  if (const auto* number = std::get_if<std::int64_t>(&operand)) {
    return IntegerOperand{{ScalarType::kInt64, {}, {*number}}, 0};
  }
  const auto* tensor = std::get_if<NumericTensor>(&operand);
  const auto* integers = tensor ? std::get_if<IntegerTensor>(tensor) : nullptr;
  if (integers == nullptr) return std::nullopt;
  return IntegerOperand{*integers, integers->sizes.empty() ? 1 : 2};
}

ScalarType ResultType(const IntegerOperand& a, const IntegerOperand& b) {
  const IntegerOperand& first = a.rank >= b.rank ? a : b;
  const IntegerOperand& second = a.rank >= b.rank ? b : a;
  const ScalarType own = first.tensor.dtype;
  // A bool gives way to any integer, whatever its rank.
  if (first.rank > second.rank && own != ScalarType::kBool) return own;
  const auto type = Promoted(own, second.tensor.dtype);
  if (!type || *type == ScalarType::kBool) Refuse("these integer types are not combined here");
  return *type;
}

RealTensor RealOperandOf(BinaryOperand operand) {
  if (const auto* real = std::get_if<double>(&operand)) return {{}, {*real}};
  if (const auto* integer = std::get_if<std::int64_t>(&operand)) {
    return {{}, {static_cast<double>(*integer)}};
  }
  return RealsOf(std::move(std::get<NumericTensor>(operand)));
}

template <typename T>
bool Holds(ir::Compare::Kind kind, T a, T b) {
  switch (kind) {
    case ir::Compare::Kind::kGreater: return a > b;
    case ir::Compare::Kind::kGreaterEqual: return a >= b;
    case ir::Compare::Kind::kLess: return a < b;
    case ir::Compare::Kind::kLessEqual: return a <= b;
    case ir::Compare::Kind::kEqual: return a == b;
    case ir::Compare::Kind::kNotEqual: return a != b;
  }
  FP_CHECK(false);
  return false;
}

// out[i] = the element of `a` or `b` that the condition chooses.
template <typename T>
std::vector<T> ChosenOf(const Sizes& sizes, const IntegerTensor& condition, const Sizes& a_sizes,
                        const std::vector<T>& a, const Sizes& b_sizes, const std::vector<T>& b) {
  const std::int64_t count = CheckedCount(sizes);
  const BroadcastIndex chosen(condition.sizes, sizes), left(a_sizes, sizes), right(b_sizes, sizes);
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    out.push_back(condition.elements[chosen.At(i)] != 0 ? a[left.At(i)] : b[right.At(i)]);
  }
  return out;
}

}  // namespace

NumericTensor ApplyCompare(const ir::Compare& op, BinaryOperand self, BinaryOperand other) {
  IntegerTensor out{ScalarType::kBool, {}, {}};
  const auto a = IntegerOperandOf(self), b = IntegerOperandOf(other);
  const auto of = [&](auto x, auto y) { return std::int64_t{Holds(op.kind, x, y)}; };
  if (a && b) {
    out.sizes = BroadcastSizes(a->tensor.sizes, b->tensor.sizes);
    out.elements = Broadcast(out.sizes, a->tensor.sizes, a->tensor.elements, b->tensor.sizes,
                             b->tensor.elements, of);
    return out;
  }
  const RealTensor left = RealOperandOf(std::move(self)), right = RealOperandOf(std::move(other));
  out.sizes = BroadcastSizes(left.sizes, right.sizes);
  const std::vector<double> held =
      Broadcast(out.sizes, left.sizes, left.elements, right.sizes, right.elements,
                [&](double x, double y) { return static_cast<double>(of(x, y)); });
  out.elements.assign(held.begin(), held.end());
  return out;
}

NumericTensor Chosen(const IntegerTensor& condition, BinaryOperand self, BinaryOperand other) {
  const auto sizes_of = [&](const Sizes& a, const Sizes& b) {
    return BroadcastSizes(condition.sizes, BroadcastSizes(a, b));
  };
  const auto a = IntegerOperandOf(self), b = IntegerOperandOf(other);
  if (a && b) {
    const bool number = a->rank == 0 || b->rank == 0;
    if (!number && a->tensor.dtype != b->tensor.dtype) {
      Refuse("chooses between integers of two types, which is not run here");
    }
    const Sizes sizes = sizes_of(a->tensor.sizes, b->tensor.sizes);
    return Wrapped({a->rank == 0 ? b->tensor.dtype : a->tensor.dtype, sizes,
                    ChosenOf(sizes, condition, a->tensor.sizes, a->tensor.elements, b->tensor.sizes,
                             b->tensor.elements)});
  }
  const RealTensor left = RealOperandOf(std::move(self)), right = RealOperandOf(std::move(other));
  const Sizes sizes = sizes_of(left.sizes, right.sizes);
  return RealTensor{
      sizes, ChosenOf(sizes, condition, left.sizes, left.elements, right.sizes, right.elements)};
}

RealTensor PreluOf(RealTensor input, const RealTensor& weight) {
  const std::size_t channels = weight.elements.size();
  const std::int64_t wanted = input.sizes.size() > 1 ? input.sizes[1] : 1;
  if (channels != 1 && static_cast<std::int64_t>(channels) != wanted) {
    Refuse("takes one weight, or one a channel");
  }
  std::size_t inner = 1;
  for (std::size_t d = 2; d < input.sizes.size(); ++d) {
    inner *= static_cast<std::size_t>(input.sizes[d]);
  }
  for (std::size_t i = 0; i < input.elements.size(); ++i) {
    double& x = input.elements[i];
    if (!(x > 0)) x *= weight.elements[channels == 1 ? 0 : i / inner % channels];
  }
  return input;
}

NumericTensor ApplyBinary(const ir::Binary& op, BinaryOperand self, BinaryOperand other) {
  const bool divides_exactly = op.kind == BinaryKind::kDiv && op.rounding == Rounding::kNone;
  const auto* whole_alpha = std::get_if<std::int64_t>(&op.alpha);
  const auto a = IntegerOperandOf(self), b = IntegerOperandOf(other);
  if (a && b && !divides_exactly) {
    if (whole_alpha == nullptr) Refuse("takes an alpha that is an integer, as its operands are");
    const auto of = [&](std::int64_t x, std::int64_t y) {
      return Combined(op, *whole_alpha, x, y);
    };
    const Sizes sizes = BroadcastSizes(a->tensor.sizes, b->tensor.sizes);
    return Wrapped({ResultType(*a, *b), sizes,
                    Broadcast(sizes, a->tensor.sizes, a->tensor.elements, b->tensor.sizes,
                              b->tensor.elements, of)});
  }
  const double alpha = whole_alpha ? static_cast<double>(*whole_alpha) : std::get<double>(op.alpha);
  const RealTensor left = RealOperandOf(std::move(self)), right = RealOperandOf(std::move(other));
  const auto of = [&](double x, double y) { return Combined(op, alpha, x, y); };
  const Sizes sizes = BroadcastSizes(left.sizes, right.sizes);
  return RealTensor{sizes,
                    Broadcast(sizes, left.sizes, left.elements, right.sizes, right.elements, of)};
}

}  // namespace foldproof::exec::real
