// SPDX-License-Identifier: BSD-3-Clause
//
// Sums over dimensions, in float64.
#pragma once

#include "harness/exec/eigen/real_tensor.h"

namespace foldproof::exec::real {

// The dimensions that are summed over, negative ones from the last; none: all.
struct Summed {
  std::vector<std::int64_t> dims;
  bool keeps = false;  // as dimensions of 1
};

// Both throw Error(kInput) with an empty place for a dimension that is named twice or not there.
RealTensor SumOf(const RealTensor& input, const Summed& summed);
// The same for integers, modulo 2^64; the result is int64.
IntegerTensor SumOf(const IntegerTensor& input, const Summed& summed);
// The sum over its number of terms; NaN where there is none.
RealTensor MeanOf(const RealTensor& input, const Summed& summed);

// e^(x - max) / sum of e^(x - max) along `dim`, or its logarithm x - max - log(sum).
RealTensor SoftmaxOf(const RealTensor& input, std::int64_t dim, bool is_logarithm);

}  // namespace foldproof::exec::real
