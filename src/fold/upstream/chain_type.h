// SPDX-License-Identifier: BSD-3-Clause
//
// The element types that a chain may compute in: float32, and float16 and bfloat16, of which
// PyTorch computes each operation in float32 and rounds its result once.
#pragma once

#include "src/ir/tensor_type.h"

namespace foldproof::fold {

struct ChainType {
  int digits = 23;             // behind the leading one
  int lowest_exponent = -126;  // of a normal number
  double largest = 0;          // finite number
  double smallest_normal = 0;
  double step() const;  // from 1 to the next number, 2^-digits
};

bool IsChainType(ir::ScalarType type);
// FP_CHECKs that it is one.
ChainType ChainTypeOf(ir::ScalarType type);

// `x` as a number of `type`, to nearest, ties to even; infinite where the nearest is beyond the
// largest.
float RoundedTo(ir::ScalarType type, float x);

}  // namespace foldproof::fold
