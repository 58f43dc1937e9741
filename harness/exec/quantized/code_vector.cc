// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/quantized/code_vector.h"

#include <algorithm>
#include <string>

#include "src/ir/element_type.h"

namespace foldproof::exec {
std::vector<std::int64_t> IntegersOf(const Tensor& tensor) {
  if (tensor.dtype != ir::ScalarType::kBool && !ir::IsInteger(tensor.dtype)) {
    throw Error(Error::Code::kInput, "",
                "a tensor of " + std::string(ir::Name(tensor.dtype)) + " holds no integers");
  }
  return ir::WithElementType(tensor.dtype, [&tensor](auto element) {
    const auto elements = tensor.Elements<decltype(element)>();
    return std::vector<std::int64_t>(elements.begin(), elements.end());
  });
}

Tensor TensorOfIntegers(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                        const std::vector<std::int64_t>& elements) {
  FP_CHECK(ir::IsInteger(dtype));
  return ir::WithElementType(dtype, [&](auto element) {
    std::vector<decltype(element)> out(elements.size());
    std::ranges::transform(elements, out.begin(), [](std::int64_t wide) {
      return static_cast<decltype(element)>(wide);  // its low bits
    });
    return Tensor::Of(dtype, sizes, out);
  });
}

}  // namespace foldproof::exec
