// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using BinaryKind = ir::Binary::Kind;
using Rounding = ir::Binary::Rounding;
using Sizes = std::vector<std::int64_t>;

// An operand spread over the result: element i of the result meets element index[i] of it.
struct Spread {
  ConstantOperand operand;
  std::vector<std::size_t> index;  // empty where it is one number, or has the result's shape

  std::size_t At(std::size_t i, std::size_t count) const {
    return count == 1 ? 0 : index.empty() ? i : index[i];
  }
};

const ConstantValue* TensorIn(const ConstantOperand& operand) {
  const auto* tensor = std::get_if<const ConstantValue*>(&operand);
  return tensor == nullptr ? nullptr : *tensor;
}

// 0 bool, 1 integer, 2 float.
int CategoryOf(ScalarType dtype) {
  return ir::IsFloat(dtype) ? 2 : dtype == ScalarType::kBool ? 0 : 1;
}

// The type that two operands are computed in: tensors with dimensions decide, unless a tensor
// without or, after that, a number is of a higher category (c10's result_type).
ScalarType CommonType(const ConstantOperand& self, const ConstantOperand& other) {
  std::array<std::optional<ScalarType>, 3> kinds;  // with dimensions, without, numbers
  for (const ConstantOperand* operand : {&self, &other}) {
    std::size_t kind = 2;
    ScalarType dtype =
        std::holds_alternative<double>(*operand) ? ScalarType::kFloat32 : ScalarType::kInt64;
    if (const ConstantValue* tensor = TensorIn(*operand)) {
      kind = tensor->value.sizes.empty() ? 1 : 0;
      dtype = tensor->value.dtype;
      if (!IsComputed(dtype)) throw NotEvaluated{std::string(ir::Name(dtype)) + " is not computed"};
    }
    kinds[kind] = kinds[kind] ? Promote(*kinds[kind], dtype) : dtype;
  }
  std::optional<ScalarType> out;
  for (const auto& kind : kinds) {
    if (kind && (!out || CategoryOf(*kind) > CategoryOf(*out))) out = kind;
  }
  return out.value();
}

Sizes BroadcastSizes(const ConstantOperand& self, const ConstantOperand& other) {
  Sizes out;
  for (const ConstantOperand* operand : {&self, &other}) {
    const ConstantValue* tensor = TensorIn(*operand);
    if (tensor == nullptr) continue;
    const Sizes& sizes = tensor->value.sizes;
    if (sizes.size() > out.size()) out.insert(out.begin(), sizes.size() - out.size(), 1);
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      std::int64_t& to = out[out.size() - sizes.size() + k];
      if (sizes[k] != 1 && to != 1 && to != sizes[k]) throw NotEvaluated{"shapes do not broadcast"};
      if (to == 1) to = sizes[k];
    }
  }
  return out;
}

// Where each element of a result of `sizes` comes from.
Spread SpreadOver(const ConstantOperand& operand, const Sizes& sizes) {
  const ConstantValue* tensor = TensorIn(operand);
  Spread out{operand, {}};
  if (tensor == nullptr || tensor->value.count() == 1 || tensor->value.sizes == sizes) return out;
  const Sizes& own = tensor->value.sizes;
  Sizes strides(sizes.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t k = own.size(); k-- > 0;) {
    if (own[k] != 1) strides[sizes.size() - own.size() + k] = stride;
    stride *= own[k];
  }
  const auto count = static_cast<std::size_t>(BoundedCount(sizes));
  out.index.reserve(count);
  Sizes at(sizes.size(), 0);
  std::int64_t from = 0;
  while (out.index.size() < count) {
    out.index.push_back(static_cast<std::size_t>(from));
    for (std::size_t k = sizes.size(); k-- > 0;) {
      from += strides[k];
      if (++at[k] < sizes[k]) break;
      from -= strides[k] * sizes[k];
      at[k] = 0;
    }
  }
  return out;
}

// The operand's numbers in the common type: rounded to it, or wrapped.
template <typename T>
std::vector<T> NumbersIn(ScalarType common, const ConstantOperand& operand) {
  std::vector<T> out;
  if (const ConstantValue* tensor = TensorIn(operand)) {
    out = NumbersOf<T>(tensor->value);
  } else if (const auto* integer = std::get_if<std::int64_t>(&operand)) {
    out = {static_cast<T>(*integer)};
  } else {
    out = {static_cast<T>(std::get<double>(operand))};
  }
  if constexpr (std::is_integral_v<T>) {
    for (T& x : out) x = Wrap(common, x);
  }
  return out;
}

// The roots of each element of a result of `count` elements.
std::vector<RootId> CombinedRoots(const Spread& a, const Spread& b, std::size_t count) {
  std::vector<RootId> out;
  for (const Spread* operand : {&a, &b}) {
    const ConstantValue* tensor = TensorIn(operand->operand);
    if (tensor == nullptr || tensor->roots.empty()) continue;
    out.resize(count, kNoRoot);
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = CombineRoots(out[i], tensor->roots[operand->At(i, tensor->roots.size())]);
    }
  }
  return out;
}

std::vector<double> IdealOf(const ConstantOperand& operand) {
  if (const ConstantValue* tensor = TensorIn(operand)) return tensor->ideal;
  if (const auto* integer = std::get_if<std::int64_t>(&operand)) {
    return {static_cast<double>(*integer)};
  }
  return {std::get<double>(operand)};
}

// a / b rounded down: the exact remainder decides, not floor of a rounded quotient.
template <typename T>
T FloorQuotient(T a, T b) {
  if (b == 0) return a / b;
  const T remainder = std::fmod(a, b);
  T quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(T{0}, a / b);
  const T floored = std::floor(quotient);
  return quotient - floored > T{0.5} ? floored + 1 : floored;
}

// a + alpha * b. Some kernels round the product by itself and others do not; where that shows, the
// sum is no constant that a proof could name.
template <typename T>
T ScaledSum(T a, T alpha, T b) {
  const T fused = std::fma(alpha, b, a);
  const T product = alpha * b;
  const T stepwise = a + product;
  if (fused != stepwise && !(std::isnan(fused) && std::isnan(stepwise))) {
    throw NotEvaluated{"its alpha may be multiplied in one rounding with the sum, or in two"};
  }
  return fused;
}

// Which of two zeros of unlike sign is the larger or the smaller one depends on the kernel.
template <typename T>
void CheckZeros(T a, T b) {
  if (a == 0 && b == 0 && std::signbit(a) != std::signbit(b)) {
    throw NotEvaluated{"kernels choose differently between -0 and 0"};
  }
}

template <typename T>
T FloatResult(const ir::Binary& op, T alpha, T a, T b) {
  if (op.kind == BinaryKind::kMinimum || op.kind == BinaryKind::kMaximum) CheckZeros(a, b);
  switch (op.kind) {
    case BinaryKind::kAdd: return alpha == 1 ? a + b : ScaledSum(a, alpha, b);
    case BinaryKind::kSub: return alpha == 1 ? a - b : ScaledSum(a, -alpha, b);
    case BinaryKind::kMul: return a * b;
    case BinaryKind::kDiv:
      if (op.rounding == Rounding::kFloor) return FloorQuotient(a, b);
      return op.rounding == Rounding::kTrunc ? std::trunc(a / b) : a / b;
    case BinaryKind::kMinimum: return std::isnan(a) || !(b < a || std::isnan(b)) ? a : b;
    case BinaryKind::kMaximum: return std::isnan(a) || !(b > a || std::isnan(b)) ? a : b;
  }
  return std::numeric_limits<T>::quiet_NaN();
}

double IdealResult(const ir::Binary& op, double alpha, double a, double b) {
  if (op.kind == BinaryKind::kAdd) return a + alpha * b;
  if (op.kind == BinaryKind::kSub) return a - alpha * b;
  if (op.kind == BinaryKind::kMinimum || op.kind == BinaryKind::kMaximum) {
    if (std::isnan(a) || std::isnan(b)) return a + b;
    return op.kind == BinaryKind::kMinimum ? std::min(a, b) : std::max(a, b);
  }
  return FloatResult(op, alpha, a, b);
}

std::int64_t IntegerQuotient(Rounding rounding, std::int64_t a, std::int64_t b) {
  if (b == 0) throw NotEvaluated{"an integer is divided by 0"};
  if (b == -1) return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(a));  // wraps
  const bool down = rounding == Rounding::kFloor && a % b != 0 && (a < 0) != (b < 0);
  return a / b - (down ? 1 : 0);
}

// Modulo 2^64; the caller wraps it to the narrower type, of which 2^bits divides 2^64.
std::int64_t IntegerResult(const ir::Binary& op, std::int64_t alpha, std::int64_t a,
                           std::int64_t b) {
  const auto ua = static_cast<std::uint64_t>(a);
  const auto ub = static_cast<std::uint64_t>(b);
  const auto scaled = static_cast<std::uint64_t>(alpha) * ub;
  switch (op.kind) {
    case BinaryKind::kAdd: return static_cast<std::int64_t>(ua + scaled);
    case BinaryKind::kSub: return static_cast<std::int64_t>(ua - scaled);
    case BinaryKind::kMul: return static_cast<std::int64_t>(ua * ub);
    case BinaryKind::kDiv: return IntegerQuotient(op.rounding, a, b);
    case BinaryKind::kMinimum: return std::min(a, b);
    case BinaryKind::kMaximum: return std::max(a, b);
  }
  return 0;
}

double AlphaOf(const ir::Binary& op) {
  if (const auto* integer = std::get_if<std::int64_t>(&op.alpha)) {
    return static_cast<double>(*integer);
  }
  return std::get<double>(op.alpha);
}

// function(a, b) for each element of the result.
template <typename T, typename Function>
std::vector<T> Each(const Spread& self, const std::vector<T>& a, const Spread& other,
                    const std::vector<T>& b, std::size_t count, Function&& function) {
  std::vector<T> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(function(a[self.At(i, a.size())], b[other.At(i, b.size())]));
  }
  return out;
}

// The type of the result: PyTorch computes in `common` and converts in an in-place operator alone.
ScalarType ResultType(const ir::Binary& op, const ConstantOperand& self, ScalarType common) {
  if (!op.in_place) return common;
  const ConstantValue* tensor = TensorIn(self);
  if (tensor == nullptr) throw NotEvaluated{"it writes into a number"};
  if (CategoryOf(common) > CategoryOf(tensor->value.dtype)) {
    throw NotEvaluated{"its result does not fit its operand's type"};
  }
  return tensor->value.dtype;
}

void CheckTypes(const ir::Binary& op, ScalarType common) {
  if (common == ScalarType::kBool) throw NotEvaluated{"arithmetic of bool is not evaluated here"};
  if (common == ScalarType::kUInt16) throw NotEvaluated{"PyTorch has no arithmetic of uint16"};
  if (!ir::IsFloat(common) && std::holds_alternative<double>(op.alpha)) {
    throw NotEvaluated{"PyTorch takes no float alpha with integers"};
  }
}

}  // namespace

ConstantValue EvaluateBinary(const ir::Binary& op, const ConstantOperand& self,
                             const ConstantOperand& other) {
  ScalarType common = CommonType(self, other);
  const bool true_division = op.kind == BinaryKind::kDiv && op.rounding == Rounding::kNone;
  if (true_division && !ir::IsFloat(common)) common = ScalarType::kFloat32;
  CheckTypes(op, common);
  const ScalarType result = ResultType(op, self, common);
  const Sizes sizes = BroadcastSizes(self, other);
  const auto count = static_cast<std::size_t>(BoundedCount(sizes));
  const Spread a = SpreadOver(self, sizes);
  const Spread b = SpreadOver(other, sizes);
  const auto floats = [&](auto zero) {
    using T = decltype(zero);
    const auto alpha = static_cast<T>(AlphaOf(op));
    const auto each = [&](T x, T y) { return FloatResult(op, alpha, x, y); };
    return TensorOf<T>(
        result, sizes,
        Each<T>(a, NumbersIn<T>(common, self), b, NumbersIn<T>(common, other), count, each));
  };
  ConstantValue out;
  if (!ir::IsFloat(common)) {
    const std::int64_t alpha = std::get<std::int64_t>(op.alpha);
    const auto each = [&](std::int64_t x, std::int64_t y) {
      return IntegerResult(op, alpha, x, y);
    };
    using Int = std::int64_t;
    out.value = TensorOf<Int>(
        result, sizes,
        Each<Int>(a, NumbersIn<Int>(common, self), b, NumbersIn<Int>(common, other), count, each));
    out.ideal = NumbersOf<double>(out.value);
    out.roots = CombinedRoots(a, b, count);
    return out;
  }
  out.value = common == ScalarType::kFloat32 ? floats(float{}) : floats(double{});
  const double alpha = AlphaOf(op);
  const auto ideal = [&](double x, double y) { return IdealResult(op, alpha, x, y); };
  out.ideal = Each<double>(a, IdealOf(self), b, IdealOf(other), count, ideal);
  out.roots = CombinedRoots(a, b, count);
  return out;
}

}  // namespace foldproof::prove
