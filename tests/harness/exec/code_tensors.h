// SPDX-License-Identifier: BSD-3-Clause
//
// Tensors of codes, written by hand.
#pragma once

#include <functional>
#include <vector>

#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/tensor.h"
#include "src/base/error.h"

namespace foldproof::exec {

inline Tensor Int8(const std::vector<std::int64_t>& sizes, const std::vector<std::int64_t>& codes) {
  return TensorOfIntegers(ir::ScalarType::kInt8, sizes, codes);
}

inline Tensor UInt8(const std::vector<std::int64_t>& sizes,
                    const std::vector<std::int64_t>& codes) {
  return TensorOfIntegers(ir::ScalarType::kUInt8, sizes, codes);
}

inline Tensor Bias(const std::vector<std::int64_t>& codes) {
  return TensorOfIntegers(ir::ScalarType::kInt32, {static_cast<std::int64_t>(codes.size())}, codes);
}

// Why `run` refuses its input; empty where it does not.
inline std::string Refusal(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.code() == Error::Code::kInput ? error.why() : "another error";
  }
  return "";
}

}  // namespace foldproof::exec
