// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/conv_reader.h"

namespace foldproof::prove {

std::vector<std::int64_t> AsIntegers(const exec::Tensor& tensor) {
  std::vector<std::int64_t> out;
  const auto widen = [&](auto element) {
    using T = decltype(element);
    for (const T x : tensor.Elements<T>()) out.push_back(static_cast<std::int64_t>(x));
  };
  switch (tensor.dtype) {
    case ir::ScalarType::kInt8: widen(std::int8_t{}); break;
    case ir::ScalarType::kUInt8: widen(std::uint8_t{}); break;
    case ir::ScalarType::kInt16: widen(std::int16_t{}); break;
    case ir::ScalarType::kUInt16: widen(std::uint16_t{}); break;
    case ir::ScalarType::kInt32: widen(std::int32_t{}); break;
    case ir::ScalarType::kInt64: widen(std::int64_t{}); break;
    default:
      throw NoIntegers{"a constant holds " + std::string(ir::Name(tensor.dtype)) +
                       ", not integers"};
  }
  return out;
}

std::vector<double> AsDoubles(const exec::Tensor& tensor) {
  if (tensor.dtype == ir::ScalarType::kFloat64) return tensor.Elements<double>();
  std::vector<double> out;
  if (tensor.dtype == ir::ScalarType::kFloat32) {
    for (const float x : tensor.Elements<float>()) out.push_back(static_cast<double>(x));
  } else {
    for (const std::int64_t x : AsIntegers(tensor)) out.push_back(static_cast<double>(x));
  }
  return out;
}

std::int64_t WrappedDifference(std::int64_t code, std::int64_t zero_point, ir::ScalarType codes,
                               ir::ScalarType zero_points) {
  const auto difference = static_cast<std::uint64_t>(code) - static_cast<std::uint64_t>(zero_point);
  if (codes != zero_points) return static_cast<std::int64_t>(difference);
  switch (codes) {
    case ir::ScalarType::kInt8: return static_cast<std::int8_t>(difference);
    case ir::ScalarType::kUInt8: return static_cast<std::uint8_t>(difference);
    case ir::ScalarType::kInt16: return static_cast<std::int16_t>(difference);
    case ir::ScalarType::kInt32: return static_cast<std::int32_t>(difference);
    default: return static_cast<std::int64_t>(difference);
  }
}

exec::Tensor ConvReader::ConstantTensor(ir::ValueId value, const char* what) const {
  const ir::Program& program = view.program();
  if (const ir::Constant* stored = program.ConstantOf(value)) {
    return {stored->type.dtype, stored->type.sizes(), program.BytesOf(*stored)};
  }
  if (const ConstantValue* computed = constants.Find(value)) {
    if (computed->roots.empty()) return computed->value;
    throw NoIntegers{
        std::string(what) + " (" + graph().value(value).name +
        ") depends on how a square root is rounded, which PyTorch's builds do not agree on"};
  }
  const std::string why = constants.WhyNot(value);
  throw NoIntegers{std::string(what) + " (" + graph().value(value).name + ") is not a constant" +
                   (why.empty() ? "" : ": " + why)};
}

}  // namespace foldproof::prove
