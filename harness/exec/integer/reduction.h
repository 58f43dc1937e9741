// SPDX-License-Identifier: BSD-3-Clause
//
// Sums, means and pooling. Sums of float32 are summed in float64 and rounded once: within the
// summation bound of libtorch's (docs/numerics.md, eq. 8). All throw Error(kInput) with an empty
// place.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/integer/coded_tensor.h"

namespace foldproof::exec {

// Over `dims`, over all where there are none. A mean of n is the float64 sum divided by n.
enum class Reduction { kSum, kMean };
CodedTensor ComputeReduction(Reduction kind, const CodedTensor& input,
                             const std::vector<std::int64_t>& dims, bool keep_dims);

// The windows of the last `spatial` dimensions. NaN wins; padding is no element.
CodedTensor ComputeMaxPool(const CodedTensor& input, const PoolParams& params, std::size_t spatial);

// The mean of each window; `count_padding`: padding's zeros count; `divisor` of 0: the count.
CodedTensor ComputeAveragePool(const CodedTensor& input, const PoolParams& params,
                               std::size_t spatial, bool count_padding, std::int64_t divisor);

// The same windows as ComputeAdaptiveAveragePool's: the largest element of each, NaN before any
// number, of equal ones the first, and its index in its plane (int64).
std::vector<CodedTensor> ComputeAdaptiveMaxPool(const CodedTensor& input,
                                                const std::vector<std::int64_t>& out_sizes);

// Output i averages [floor(i * in / out), ceil((i + 1) * in / out)).
CodedTensor ComputeAdaptiveAveragePool(const CodedTensor& input,
                                       const std::vector<std::int64_t>& out_sizes);

}  // namespace foldproof::exec
