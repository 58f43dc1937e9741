// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/tensor_numbers.h"

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "harness/prove/constants/constant_value.h"
#include "src/ir/element_type.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using ir::WithElementType;

constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

template <typename From, typename To>
To Converted(ScalarType dtype, From number) {
  if (dtype == ScalarType::kBool) return number != 0 ? To{1} : To{0};
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return static_cast<To>(ToInteger(dtype, static_cast<double>(number)));
  } else {
    return static_cast<To>(number);
  }
}

}  // namespace

bool IsComputed(ScalarType dtype) {
  return dtype == ScalarType::kBool || dtype == ScalarType::kFloat32 ||
         dtype == ScalarType::kFloat64 || ir::IsInteger(dtype);
}

std::int64_t Wrap(ScalarType dtype, std::int64_t number) {
  return WithElementType(dtype, [number](auto element) {
    using T = decltype(element);
    if constexpr (std::is_integral_v<T>) {
      return static_cast<std::int64_t>(static_cast<T>(number));
    } else {
      return number;
    }
  });
}

std::int64_t ToInteger(ScalarType dtype, double number) {
  const double bound = dtype == ScalarType::kInt64 ? 0x1p63 : 0x1p31;
  const double whole = std::trunc(number);
  const auto lowest = dtype == ScalarType::kInt64 ? std::numeric_limits<std::int64_t>::min()
                                                  : std::numeric_limits<std::int32_t>::min();
  const bool fits = whole >= -bound && whole < bound;  // false for NaN
  return Wrap(dtype, fits ? static_cast<std::int64_t>(whole) : lowest);
}

template <typename T>
std::vector<T> NumbersOf(const exec::Tensor& tensor) {
  std::vector<T> out;
  WithElementType(tensor.dtype, [&](auto element) {
    using Element = decltype(element);
    const std::vector<Element> elements = tensor.Elements<Element>();
    const ScalarType to = std::is_integral_v<T> ? ScalarType::kInt64 : tensor.dtype;
    out.reserve(elements.size());
    for (const Element x : elements) {
      out.push_back(tensor.dtype == ScalarType::kBool ? Converted<Element, T>(tensor.dtype, x)
                                                      : Converted<Element, T>(to, x));
    }
  });
  return out;
}

template <typename T>
exec::Tensor TensorOf(ScalarType dtype, std::vector<std::int64_t> sizes,
                      const std::vector<T>& numbers) {
  exec::Tensor out;
  WithElementType(dtype, [&](auto element) {
    using Element = decltype(element);
    std::vector<Element> elements;
    elements.reserve(numbers.size());
    for (const T x : numbers) elements.push_back(Converted<T, Element>(dtype, x));
    out = exec::Tensor::Of(dtype, std::move(sizes), elements);
  });
  return out;
}

template std::vector<float> NumbersOf<float>(const exec::Tensor&);
template std::vector<double> NumbersOf<double>(const exec::Tensor&);
template std::vector<std::int64_t> NumbersOf<std::int64_t>(const exec::Tensor&);
template exec::Tensor TensorOf<float>(ScalarType, std::vector<std::int64_t>,
                                      const std::vector<float>&);
template exec::Tensor TensorOf<double>(ScalarType, std::vector<std::int64_t>,
                                       const std::vector<double>&);
template exec::Tensor TensorOf<std::int64_t>(ScalarType, std::vector<std::int64_t>,
                                             const std::vector<std::int64_t>&);

ScalarType Promote(ScalarType a, ScalarType b) {
  if (a == b || b == ScalarType::kBool) return a;
  if (a == ScalarType::kBool) return b;
  if (ir::IsFloat(a) || ir::IsFloat(b)) {
    const bool wide = a == ScalarType::kFloat64 || b == ScalarType::kFloat64;
    return wide ? ScalarType::kFloat64 : ScalarType::kFloat32;
  }
  if (a == ScalarType::kUInt16 || b == ScalarType::kUInt16) {
    throw NotEvaluated{"PyTorch does not promote uint16 with another integer type"};
  }
  if (ir::ElementSize(a) == ir::ElementSize(b)) return ScalarType::kInt16;  // uint8 with int8
  return ir::ElementSize(a) > ir::ElementSize(b) ? a : b;
}

std::int64_t BoundedCount(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size == 0) return 0;
    if (size < 0 || size > kMostElements / count) {
      throw NotEvaluated{"it has more than " + std::to_string(kMostElements) + " elements"};
    }
    count *= size;
  }
  return count;
}

}  // namespace foldproof::prove
