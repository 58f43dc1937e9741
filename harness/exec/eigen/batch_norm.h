// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "harness/exec/eigen/real_tensor.h"

namespace foldproof::exec::real {

// What batch_norm does to each channel; all [C]. Without statistics it takes the batch's.
struct NormParams {
  std::optional<RealTensor> weight;  // 1 where absent
  std::optional<RealTensor> bias;    // 0 where absent
  std::optional<RealTensor> mean;
  std::optional<RealTensor> var;
  double eps = 0;
};

// y = (x - mean[c]) * (weight[c] / sqrt(var[c] + eps)) + bias[c], all float64. Input [N, C, ...];
// var of a batch is divided by its count. Throws Error(kInput) with an empty place where shapes do
// not fit together.
RealTensor BatchNormOf(const RealTensor& input, const NormParams& params);

}  // namespace foldproof::exec::real
