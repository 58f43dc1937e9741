// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/exec/integer/coded_arguments.h"

namespace foldproof::exec {

// upsample_linear1d and upsample_bilinear2d: between the elements around f32(scale * (i + 1/2) -
// 1/2), at least 0, along each dimension, or f32(i * (in - 1) / (out - 1)) with align_corners.
// Where an element lies is computed in float32, as PyTorch does; the mean in float64, rounded once.
CodedTensor InterpolateLinearly(const CodedArguments& arguments);

}  // namespace foldproof::exec
