// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/elementwise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <span>

#include "harness/prove/constants/elementary_functions.h"
#include "harness/prove/constants/tensor_numbers.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using BinaryKind = ir::Binary::Kind;
using Rounding = ir::Binary::Rounding;
using Sizes = std::vector<std::int64_t>;

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

// The elements of a result of `sizes`, one behind the other: which element of an operand's tensor
// of `own` sizes, which broadcast to them, each meets.
class BroadcastWalk {
 public:
  BroadcastWalk(const Sizes& own, const Sizes& sizes)
      : sizes_(&sizes), strides_(sizes.size(), 0), at_(sizes.size(), 0) {
    std::int64_t stride = 1;
    for (std::size_t k = own.size(); k-- > 0;) {
      if (own[k] != 1) strides_[sizes.size() - own.size() + k] = stride;
      stride *= own[k];
    }
  }

  std::size_t Next() {
    const std::int64_t out = from_;
    for (std::size_t k = sizes_->size(); k-- > 0;) {
      from_ += strides_[k];
      if (++at_[k] < (*sizes_)[k]) break;
      from_ -= strides_[k] * (*sizes_)[k];
      at_[k] = 0;
    }
    return static_cast<std::size_t>(out);
  }

 private:
  const Sizes* sizes_;
  Sizes strides_, at_;
  std::int64_t from_ = 0;
};

// An operand's numbers as the elements of a result of `sizes` meet them, block by block. `read`
// puts those of a tensor from an element on into a span.
template <typename T>
class SpreadNumbers {
 public:
  using Read = std::function<void(const ConstantValue&, std::size_t, std::span<T>)>;

  SpreadNumbers(const ConstantOperand& operand, const Sizes& sizes, Read read)
      : tensor_(TensorIn(operand)), read_(std::move(read)) {
    if (tensor_ == nullptr) {
      const auto* integer = std::get_if<std::int64_t>(&operand);
      all_ = {integer ? static_cast<T>(*integer) : static_cast<T>(std::get<double>(operand))};
    } else if (tensor_->value.count() == 1 || tensor_->value.sizes != sizes) {
      all_.resize(static_cast<std::size_t>(tensor_->value.count()));
      read_(*tensor_, 0, all_);
      if (all_.size() != 1) walk_.emplace(tensor_->value.sizes, sizes);
    }
  }

  // A number of a Python number or of a tensor that is read as a whole.
  template <typename Change>
  void ForEachWhole(Change change) {
    for (T& x : all_) x = change(x);
  }

  void Next(std::span<T> out) {
    if (walk_) {
      for (T& x : out) x = all_[walk_->Next()];
    } else if (all_.size() == 1) {
      std::ranges::fill(out, all_[0]);
    } else {
      read_(*tensor_, from_, out);
      from_ += out.size();
    }
  }

 private:
  const ConstantValue* tensor_;
  Read read_;
  std::vector<T> all_;  // empty where they are read a block at a time
  std::optional<BroadcastWalk> walk_;
  std::size_t from_ = 0;
};

// The operand's numbers in the common type: rounded to it, or wrapped.
template <typename T>
SpreadNumbers<T> NumbersIn(ScalarType common, const ConstantOperand& operand, const Sizes& sizes) {
  const auto read = [common](const ConstantValue& tensor, std::size_t from, std::span<T> out) {
    ReadNumbers<T>(tensor.value, from, out);
    if constexpr (std::is_integral_v<T>) {
      for (T& x : out) x = Wrap(common, x);
    }
  };
  SpreadNumbers<T> out(operand, sizes, read);
  if constexpr (std::is_integral_v<T>) out.ForEachWhole([&](T x) { return Wrap(common, x); });
  return out;
}

SpreadNumbers<double> IdealsOf(const ConstantOperand& operand, const Sizes& sizes) {
  const auto read = [](const ConstantValue& tensor, std::size_t from, std::span<double> out) {
    tensor.ReadIdeal(from, out);
  };
  return {operand, sizes, read};
}

// The roots of each element of a result of `sizes`.
Roots SpreadRoots(const ConstantOperand& operand, const Sizes& sizes, std::size_t count) {
  const ConstantValue* tensor = TensorIn(operand);
  if (tensor == nullptr || tensor->roots.empty()) return {};
  if (tensor->value.sizes == sizes) return tensor->roots;
  Roots out;
  const std::vector<RootId> each = tensor->roots.Each();
  if (each.size() == 1) {
    out.Append(each[0], count);
    return out;
  }
  BroadcastWalk walk(tensor->value.sizes, sizes);
  for (std::size_t i = 0; i < count; ++i) out.Append(each[walk.Next()], 1);
  return out;
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

// put(from, function(a, b) of a block) for each block of the result.
template <typename T, typename Function, typename Put>
void EachBlock(SpreadNumbers<T> a, SpreadNumbers<T> b, std::size_t count, Function&& function,
               Put&& put) {
  std::array<T, kBlock> left, right;
  ForEachBlock(count, [&](std::size_t from, std::size_t size) {
    a.Next(std::span(left).first(size));
    b.Next(std::span(right).first(size));
    for (std::size_t i = 0; i < size; ++i) left[i] = function(left[i], right[i]);
    put(from, std::span<const T>(left).first(size));
  });
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
                             const ConstantOperand& other, bool with_ideal) {
  ScalarType common = CommonType(self, other);
  const bool true_division = op.kind == BinaryKind::kDiv && op.rounding == Rounding::kNone;
  if (true_division && !ir::IsFloat(common)) common = ScalarType::kFloat32;
  CheckTypes(op, common);
  const ScalarType result = ResultType(op, self, common);
  const Sizes sizes = BroadcastSizes(self, other);
  const auto count = static_cast<std::size_t>(BoundedCount(sizes));
  ConstantValue out{EmptyTensor(result, sizes)};
  const auto each = [&](auto zero, auto&& function) {
    using T = decltype(zero);
    const auto put = [&](std::size_t from, std::span<const T> numbers) {
      WriteNumbers<T>(numbers, from, out.value);
    };
    EachBlock<T>(NumbersIn<T>(common, self, sizes), NumbersIn<T>(common, other, sizes), count,
                 function, put);
  };
  const auto floats = [&](auto zero) {
    using T = decltype(zero);
    const auto alpha = static_cast<T>(AlphaOf(op));
    each(zero, [&op, alpha](T x, T y) { return FloatResult(op, alpha, x, y); });
  };
  out.roots = Roots::Combined(SpreadRoots(self, sizes, count), SpreadRoots(other, sizes, count));
  if (!ir::IsFloat(common)) {
    const std::int64_t alpha = std::get<std::int64_t>(op.alpha);
    each(std::int64_t{},
         [&op, alpha](std::int64_t x, std::int64_t y) { return IntegerResult(op, alpha, x, y); });
    return out;
  }
  if (common == ScalarType::kFloat32)
    floats(float{});
  else
    floats(double{});
  if (!with_ideal) return out;
  const double alpha = AlphaOf(op);
  out.own_ideal.resize(count);
  const auto ideal = [&](double x, double y) { return IdealResult(op, alpha, x, y); };
  EachBlock<double>(IdealsOf(self, sizes), IdealsOf(other, sizes), count, ideal,
                    [&](std::size_t from, std::span<const double> numbers) {
                      std::ranges::copy(numbers,
                                        out.own_ideal.begin() + static_cast<std::ptrdiff_t>(from));
                    });
  return out;
}

}  // namespace foldproof::prove
