// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that move elements and compute nothing. A dequantized tensor stays codes where its
// meaning allows it. All throw Error(kInput) with an empty place.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/shape/element_moves.h"
#include "src/ir/op.h"
#include "src/ir/tensor_type.h"

namespace foldproof::exec {

// Under the declared shape `type`, whose one symbolic dimension takes what is left.
CodedTensor ComputeReshape(const CodedTensor& input, const ir::TensorType& type);
// Output dimension i is input dimension dims[i].
CodedTensor ComputePermute(const CodedTensor& input, const std::vector<std::int64_t>& dims);
CodedTensor ComputePad(const ir::Pad& op, const CodedTensor& input);
CodedTensor ComputeExpand(const CodedTensor& input, const std::vector<std::int64_t>& sizes);
CodedTensor ComputeConcatenation(std::span<const CodedTensor* const> inputs, std::int64_t dim);
// Indices [start, end) of `dim` by `step`, both bounds as Python takes them.
CodedTensor ComputeSlice(const CodedTensor& input, std::int64_t dim, std::int64_t start,
                         std::int64_t end, std::int64_t step);

// The elements that `picked` names.
CodedTensor ComputePick(const CodedTensor& input, const PickedElements& picked);

// `dim` counted from 0. Throws where there is none such.
std::size_t DimensionOf(std::int64_t dim, std::size_t rank);

}  // namespace foldproof::exec
