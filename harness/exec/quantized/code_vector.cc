// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/code_vector.h"

#include <string>

namespace foldproof::exec {
namespace {

using ir::ScalarType;

template <typename T>
std::vector<std::int64_t> Widen(const Tensor& tensor) {
  const std::vector<T> elements = tensor.Elements<T>();
  return {elements.begin(), elements.end()};
}

template <typename T>
Tensor Narrow(ScalarType dtype, const std::vector<std::int64_t>& sizes,
              const std::vector<std::int64_t>& elements) {
  std::vector<T> out;
  out.reserve(elements.size());
  for (const std::int64_t element : elements) out.push_back(static_cast<T>(element));  // low bits
  return Tensor::Of(dtype, sizes, out);
}

}  // namespace

std::vector<std::int64_t> IntegersOf(const Tensor& tensor) {
  switch (tensor.dtype) {
    case ScalarType::kBool:
    case ScalarType::kUInt8: return Widen<std::uint8_t>(tensor);
    case ScalarType::kInt8: return Widen<std::int8_t>(tensor);
    case ScalarType::kInt16: return Widen<std::int16_t>(tensor);
    case ScalarType::kUInt16: return Widen<std::uint16_t>(tensor);
    case ScalarType::kInt32: return Widen<std::int32_t>(tensor);
    case ScalarType::kInt64: return Widen<std::int64_t>(tensor);
    case ScalarType::kFloat16:
    case ScalarType::kFloat32:
    case ScalarType::kFloat64:
    case ScalarType::kComplexHalf:
    case ScalarType::kComplexFloat:
    case ScalarType::kComplexDouble:
    case ScalarType::kBFloat16:
    case ScalarType::kFloat8E4M3FN:
    case ScalarType::kFloat8E5M2:
    case ScalarType::kFloat8E4M3FNUZ:
    case ScalarType::kFloat8E5M2FNUZ: break;
  }
  throw Error(Error::Code::kInput, "",
              "a tensor of " + std::string(ir::Name(tensor.dtype)) + " holds no integers");
}

Tensor TensorOfIntegers(ScalarType dtype, const std::vector<std::int64_t>& sizes,
                        const std::vector<std::int64_t>& elements) {
  FP_CHECK(ir::IsInteger(dtype));
  switch (ir::ElementSize(dtype)) {
    case 1: return Narrow<std::uint8_t>(dtype, sizes, elements);
    case 2: return Narrow<std::uint16_t>(dtype, sizes, elements);
    case 4: return Narrow<std::uint32_t>(dtype, sizes, elements);
    default: return Narrow<std::int64_t>(dtype, sizes, elements);
  }
}

}  // namespace foldproof::exec
