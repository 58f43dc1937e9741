// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/numbers.h"

#include <algorithm>
#include <string>
#include <type_traits>

#include "harness/exec/quantized/half.h"
#include "src/ir/element_type.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

[[noreturn]] void RefuseType(ScalarType dtype) {
  throw Error(Error::Code::kInput, "",
              "tensors of " + std::string(ir::Name(dtype)) + " are not computed with here");
}

bool IsHalf(ScalarType dtype) {
  return dtype == ScalarType::kFloat16 || dtype == ScalarType::kBFloat16;
}

int CategoryOf(ScalarType dtype) {
  return dtype == ScalarType::kBool ? 0 : ir::IsInteger(dtype) ? 1 : 2;
}

// Two types of one category.
ScalarType Wider(ScalarType a, ScalarType b) {
  if (a == b) return a;
  if (CategoryOf(a) == 1 && ir::ElementSize(a) == 1 && ir::ElementSize(b) == 1) {
    return ScalarType::kInt16;  // uint8 and int8
  }
  if (IsHalf(a) && IsHalf(b)) return ScalarType::kFloat32;
  return ir::ElementSize(a) > ir::ElementSize(b) ? a : b;
}

}  // namespace

const std::vector<std::int64_t>& SizesOf(const NumberOrTensor& operand) {
  static const std::vector<std::int64_t> kNone;
  const auto* tensor = std::get_if<const CodedTensor*>(&operand);
  return tensor ? (*tensor)->sizes() : kNone;
}

Arithmetic ArithmeticOf(ScalarType dtype) {
  if (IsHalf(dtype) || dtype == ScalarType::kFloat32) return Arithmetic::kFloat32;
  if (dtype == ScalarType::kFloat64) return Arithmetic::kFloat64;
  if (dtype == ScalarType::kBool || ir::IsInteger(dtype)) return Arithmetic::kInteger;
  RefuseType(dtype);
}

template <typename T>
std::span<const T> NumbersIn(const CodedTensor& tensor, std::vector<T>& store) {
  const ScalarType dtype = tensor.dtype();
  store.clear();
  if (IsHalf(dtype)) {
    const auto from = dtype == ScalarType::kFloat16 ? FromFloat16 : FromBFloat16;
    for (const std::uint16_t bits : tensor.As<std::uint16_t>()) {
      store.push_back(static_cast<T>(from(bits)));
    }
    return store;
  }
  static_cast<void>(ArithmeticOf(dtype));  // refuses what C++ has no type for
  return ir::WithElementType(dtype, [&](auto zero) -> std::span<const T> {
    using E = decltype(zero);
    if constexpr (std::is_same_v<E, T>) {
      return tensor.As<T>();
    } else {
      const auto elements = tensor.As<E>();
      store.resize(elements.size());
      std::ranges::transform(elements, store.begin(), [](E x) { return static_cast<T>(x); });
      return store;
    }
  });
}

template <typename T>
CodedTensor StoreNumbers(std::span<const T> numbers, ScalarType dtype,
                         std::vector<std::int64_t> sizes) {
  const auto fill = [&](auto zero, auto convert) {
    Filling<decltype(zero)> out(numbers.size());
    std::ranges::transform(numbers, out.span().begin(), convert);
    return std::move(out).Finish(dtype, std::move(sizes));
  };
  if (dtype == ScalarType::kBool) {
    return fill(std::uint8_t{}, [](T x) { return static_cast<std::uint8_t>(x != 0); });
  }
  if (IsHalf(dtype)) {
    const auto to = dtype == ScalarType::kFloat16 ? ToFloat16 : ToBFloat16;
    return fill(std::uint16_t{}, [to](T x) { return to(static_cast<float>(x)); });
  }
  static_cast<void>(ArithmeticOf(dtype));  // refuses what C++ has no type for
  return ir::WithElementType(dtype, [&](auto zero) {
    using E = decltype(zero);
    if constexpr (std::is_integral_v<E> && std::is_floating_point_v<T>) {
      // As x86 converts: NaN and what does not fit into int64 become -2^63; then the low bits.
      return fill(zero, [](T x) {
        const auto number = static_cast<double>(x);  // exact
        const bool fits = number >= -0x1p63 && number < 0x1p63;
        return static_cast<E>(fits ? static_cast<std::int64_t>(x) : INT64_MIN);
      });
    } else {
      return fill(zero, [](T x) { return static_cast<E>(x); });
    }
  });
}

template std::span<const float> NumbersIn(const CodedTensor&, std::vector<float>&);
template std::span<const double> NumbersIn(const CodedTensor&, std::vector<double>&);
template std::span<const std::int64_t> NumbersIn(const CodedTensor&, std::vector<std::int64_t>&);
template CodedTensor StoreNumbers(std::span<const float>, ScalarType, std::vector<std::int64_t>);
template CodedTensor StoreNumbers(std::span<const double>, ScalarType, std::vector<std::int64_t>);
template CodedTensor StoreNumbers(std::span<const std::int64_t>, ScalarType,
                                  std::vector<std::int64_t>);

ScalarType ResultTypeOf(std::span<const NumberOrTensor> operands) {
  int category = 0;
  for (const NumberOrTensor& operand : operands) {
    if (const auto* tensor = std::get_if<const CodedTensor*>(&operand)) {
      category = std::max(category, CategoryOf((*tensor)->dtype()));
    } else {
      category = std::max(category, std::holds_alternative<double>(operand) ? 2 : 1);
    }
  }
  for (const bool with_dimensions : {true, false}) {
    std::optional<ScalarType> type;
    for (const NumberOrTensor& operand : operands) {
      const auto* tensor = std::get_if<const CodedTensor*>(&operand);
      if (tensor == nullptr || ((*tensor)->rank() > 0) != with_dimensions) continue;
      const ScalarType dtype = (*tensor)->dtype();
      if (CategoryOf(dtype) == category) type = type ? Wider(*type, dtype) : dtype;
    }
    if (type) return *type;
  }
  return category == 2 ? ScalarType::kFloat32 : ScalarType::kInt64;
}

}  // namespace foldproof::exec
