// SPDX-License-Identifier: BSD-3-Clause
//
// Integer tensors of any width as vectors of int64, and back.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::exec {

// The elements of an integer or bool tensor. Throws Error(kInput) with an empty place for any
// other.
std::vector<std::int64_t> IntegersOf(const Tensor& tensor);

// A tensor of the integer type `dtype`; each element keeps its low bits, as a C cast does.
Tensor TensorOfIntegers(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                        const std::vector<std::int64_t>& elements);

}  // namespace foldproof::exec
