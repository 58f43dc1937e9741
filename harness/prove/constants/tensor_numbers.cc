// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/tensor_numbers.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "harness/prove/constants/not_evaluated.h"
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
void ReadNumbers(const exec::Tensor& tensor, std::size_t from, std::span<T> out) {
  WithElementType(tensor.dtype, [&](auto element) {
    using Element = decltype(element);
    FP_CHECK((from + out.size()) * sizeof(Element) <= tensor.bytes.size());
    const bool is_bool = tensor.dtype == ScalarType::kBool;
    const ScalarType to = std::is_integral_v<T> && !is_bool ? ScalarType::kInt64 : tensor.dtype;
    const std::byte* bytes = tensor.bytes.data() + from * sizeof(Element);
    for (std::size_t i = 0; i < out.size(); ++i) {
      Element x;
      std::memcpy(&x, bytes + i * sizeof(Element), sizeof(Element));
      out[i] = Converted<Element, T>(to, x);
    }
  });
}

template <typename T>
std::vector<T> NumbersOf(const exec::Tensor& tensor) {
  const auto count = static_cast<std::size_t>(tensor.count());
  FP_CHECK(count * ir::ElementSize(tensor.dtype) == tensor.bytes.size());
  std::vector<T> out(count);
  ReadNumbers<T>(tensor, 0, out);
  return out;
}

exec::Tensor EmptyTensor(ScalarType dtype, std::vector<std::int64_t> sizes) {
  exec::Tensor out{dtype, std::move(sizes), {}};
  out.bytes.resize(static_cast<std::size_t>(out.count()) * ir::ElementSize(dtype));
  return out;
}

template <typename T>
void WriteNumbers(std::span<const T> numbers, std::size_t from, exec::Tensor& out) {
  WithElementType(out.dtype, [&](auto element) {
    using Element = decltype(element);
    FP_CHECK((from + numbers.size()) * sizeof(Element) <= out.bytes.size());
    std::byte* bytes = out.bytes.data() + from * sizeof(Element);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto x = Converted<T, Element>(out.dtype, numbers[i]);
      std::memcpy(bytes + i * sizeof(Element), &x, sizeof(Element));
    }
  });
}

template <typename T>
exec::Tensor TensorOf(ScalarType dtype, std::vector<std::int64_t> sizes,
                      const std::vector<T>& numbers) {
  exec::Tensor out = EmptyTensor(dtype, std::move(sizes));
  FP_CHECK(static_cast<std::size_t>(out.count()) == numbers.size());
  WriteNumbers<T>(numbers, 0, out);
  return out;
}

template void ReadNumbers<float>(const exec::Tensor&, std::size_t, std::span<float>);
template void ReadNumbers<double>(const exec::Tensor&, std::size_t, std::span<double>);
template void ReadNumbers<std::int64_t>(const exec::Tensor&, std::size_t, std::span<std::int64_t>);
template void WriteNumbers<float>(std::span<const float>, std::size_t, exec::Tensor&);
template void WriteNumbers<double>(std::span<const double>, std::size_t, exec::Tensor&);
template void WriteNumbers<std::int64_t>(std::span<const std::int64_t>, std::size_t, exec::Tensor&);
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
