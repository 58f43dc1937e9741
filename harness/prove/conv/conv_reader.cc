// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/conv_reader.h"

#include "harness/prove/constants/tensor_numbers.h"

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

std::vector<double> AsFloats(const exec::Tensor& tensor, const char* what) {
  if (tensor.dtype != ir::ScalarType::kFloat32) {
    throw NoIntegers{std::string(what) + " hold " + std::string(ir::Name(tensor.dtype)) +
                     ", not float32"};
  }
  const auto floats = tensor.Elements<float>();
  return {floats.begin(), floats.end()};
}

ir::ScalarType DifferenceType(ir::ScalarType codes, ir::ScalarType zero_points) {
  try {
    return Promote(codes, zero_points);
  } catch (const NotEvaluated& none) {
    throw NoIntegers{"PyTorch subtracts no zero points of " + std::string(ir::Name(zero_points)) +
                     " from codes of " + std::string(ir::Name(codes))};
  }
}

exec::Tensor ConvReader::ConstantTensor(ir::ValueId value, const char* what) const {
  const ir::Program& program = view.program();
  if (const ir::Constant* stored = program.ConstantOf(value)) {
    return {stored->type.dtype, stored->type.sizes(), program.BytesOf(*stored)};
  }
  if (const auto computed = constants.Find(value)) {
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
