// SPDX-License-Identifier: BSD-3-Clause
//
// What moves elements and computes none.
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"
#include "src/ir/op.h"

namespace foldproof::exec::real {

// Where each element of a tensor comes from: an index into another's elements, or -1.
struct ElementMap {
  Sizes sizes;
  std::vector<std::int64_t> from;
};

// Takes the elements; -1 stands for `filling`. Throws Error(kInput) where an integer tensor is to
// hold a filling that is no integer.
NumericTensor Moved(const NumericTensor& tensor, const ElementMap& map, double filling = 0);

// All of these throw Error(kInput) with an empty place where numbers and shapes do not fit
// together; a negative dimension counts from the last one.
ElementMap PermutedMap(const Sizes& sizes, const std::vector<std::int64_t>& dims);
ElementMap PaddedMap(const Sizes& sizes, const ir::Pad& pad);
// Python's start:end:step of one dimension; step > 0.
ElementMap SlicedMap(const Sizes& sizes, std::int64_t dim, std::optional<std::int64_t> start,
                     std::optional<std::int64_t> end, std::int64_t step);
ElementMap SelectedMap(const Sizes& sizes, std::int64_t dim, std::int64_t index);
// `to` as in expand: -1 keeps a size.
ElementMap ExpandedMap(const Sizes& sizes, Sizes to);

NumericTensor Reshaped(NumericTensor tensor, Sizes sizes);

// One after the other along `dim`. Integers of one type stay so; where some are reals all become
// reals; a tensor of the one size 0 is left out.
NumericTensor Concatenated(std::vector<NumericTensor> tensors, std::int64_t dim);

// `dim` of a tensor of `rank` dimensions, counted from 0.
std::size_t DimensionOf(std::int64_t dim, std::size_t rank);

}  // namespace foldproof::exec::real
