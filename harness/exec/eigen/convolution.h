// SPDX-License-Identifier: BSD-3-Clause
//
// Convolutions of all kinds in float64, as matrix products by Eigen.
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"
#include "src/ir/op.h"

namespace foldproof::exec::real {

// y[o] = bias[o] + sum over the group's channels c and the taps of x[c, position] * w[o, c, tap];
// outside the input x is 0. Shapes are those of ir::Convolution, up to three dimensions of space,
// batched or not. Throws Error(kInput) with an empty place where they do not fit together.
RealTensor Convolved(const ir::Convolution& op, const RealTensor& input, const RealTensor& weight,
                     const std::optional<RealTensor>& bias);

}  // namespace foldproof::exec::real
