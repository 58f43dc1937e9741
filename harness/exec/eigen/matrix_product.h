// SPDX-License-Identifier: BSD-3-Clause
//
// Matrix products in float64, by Eigen.
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"

namespace foldproof::exec::real {

// All throw Error(kInput) with an empty place where shapes do not fit together.

// input [..., K], weight [N, K] or [K], bias [N]: sum of input[..., k] * weight[n, k], plus
// bias[n].
RealTensor LinearOf(const RealTensor& input, const RealTensor& weight,
                    const std::optional<RealTensor>& bias);

// torch.matmul: [..., M, K] and [..., K, N], batches broadcast; a vector is a row on the left, a
// column on the right, and its dimension of 1 is dropped.
RealTensor MatrixProduct(const RealTensor& left, const RealTensor& right);

}  // namespace foldproof::exec::real
