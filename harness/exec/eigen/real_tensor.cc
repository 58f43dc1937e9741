// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/real_tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/half.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;

// A binary floating-point format of p bits: its smallest normal number is 2^least_exponent.
struct Format {
  int bits;
  int least_exponent;
  double most;
};

constexpr Format kHalf{11, -14, 65504.0};
constexpr Format kBrain{8, -126, 0x1.fep127};

// rint(x / 2^e) * 2^e, where 2^e is the distance of the format's numbers around x.
double RoundedToFormat(const Format& format, double x) {
  if (!std::isfinite(x) || x == 0) return x;
  const int exponent = std::max(std::ilogb(x), format.least_exponent) - (format.bits - 1);
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(x, -exponent)), exponent);
  if (std::fabs(rounded) <= format.most) return rounded;
  return std::copysign(std::numeric_limits<double>::infinity(), x);
}

RealTensor DecodedTensor(const Tensor& tensor, float (*number)(std::uint16_t)) {
  RealTensor out{tensor.sizes, {}};
  for (const std::uint16_t code : tensor.Elements<std::uint16_t>()) {
    out.elements.push_back(number(code));
  }
  return out;
}

[[noreturn]] void RefuseType(ScalarType dtype) {
  Refuse(fmt::format("numbers of {} are not run here", ir::Name(dtype)));
}

}  // namespace

std::int64_t CheckedCount(const Sizes& sizes) {
  std::int64_t count = 1;
  std::int64_t of_positive = 1;
  for (const std::int64_t size : sizes) {
    if (size < 0) Refuse(fmt::format("makes a dimension of {}", size));
    if (size > kMostElements / of_positive) {
      Refuse(fmt::format("a tensor of more than {} elements is not run here", kMostElements));
    }
    of_positive *= size == 0 ? 1 : size;
    count *= size;
  }
  return count;
}

NumericTensor Widened(const Tensor& tensor) {
  CheckedCount(tensor.sizes);
  if (ir::IsInteger(tensor.dtype) || tensor.dtype == ScalarType::kBool) {
    return IntegerTensor{tensor.dtype, tensor.sizes, exec::IntegersOf(tensor)};
  }
  if (tensor.dtype == ScalarType::kFloat64)
    return RealTensor{tensor.sizes, tensor.Elements<double>()};
  if (tensor.dtype == ScalarType::kFloat32) {
    const std::vector<float> narrow = tensor.Elements<float>();
    return RealTensor{tensor.sizes, {narrow.begin(), narrow.end()}};
  }
  if (tensor.dtype == ScalarType::kFloat16) return DecodedTensor(tensor, FromFloat16);
  if (tensor.dtype == ScalarType::kBFloat16) return DecodedTensor(tensor, FromBFloat16);
  RefuseType(tensor.dtype);
}

Tensor Stored(const NumericTensor& tensor) {
  if (const auto* real = std::get_if<RealTensor>(&tensor)) {
    return Tensor::Of(ScalarType::kFloat64, real->sizes, real->elements);
  }
  const auto& integers = std::get<IntegerTensor>(tensor);
  if (integers.dtype == ScalarType::kBool) {
    return Tensor::Of<std::uint8_t>(ScalarType::kBool, integers.sizes,
                                    {integers.elements.begin(), integers.elements.end()});
  }
  return TensorOfIntegers(integers.dtype, integers.sizes, integers.elements);
}

RealTensor RealsOf(NumericTensor tensor) {
  if (auto* real = std::get_if<RealTensor>(&tensor)) return std::move(*real);
  auto& integers = std::get<IntegerTensor>(tensor);
  RealTensor out{std::move(integers.sizes), {}};
  out.elements.assign(integers.elements.begin(), integers.elements.end());
  return out;
}

const IntegerTensor& IntegersIn(const NumericTensor& tensor, const char* what) {
  if (const auto* integers = std::get_if<IntegerTensor>(&tensor)) return *integers;
  Refuse(fmt::format("takes {} of an integer type", what));
}

IntegerTensor Wrapped(IntegerTensor tensor) {
  if (tensor.dtype == ScalarType::kInt64) return tensor;
  if (tensor.dtype == ScalarType::kBool) {
    for (std::int64_t& x : tensor.elements) x = x != 0;
    return tensor;
  }
  tensor.elements = exec::IntegersOf(TensorOfIntegers(tensor.dtype, tensor.sizes, tensor.elements));
  return tensor;
}

double RoundedTo(ScalarType dtype, double x) {
  if (dtype == ScalarType::kFloat64) return x;
  if (dtype == ScalarType::kFloat32) return static_cast<double>(static_cast<float>(x));
  if (dtype == ScalarType::kFloat16) return RoundedToFormat(kHalf, x);
  if (dtype == ScalarType::kBFloat16) return RoundedToFormat(kBrain, x);
  RefuseType(dtype);
}

}  // namespace foldproof::exec::real
