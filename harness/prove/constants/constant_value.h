// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::prove {

// A value of a constant subgraph.
struct ConstantValue {
  exec::Tensor value;  // what PyTorch computes; its dtype too, where the declared one is stale
  std::vector<double> ideal;  // the same elements in float64; equal to `value` where it is integers
};

// Thrown within the evaluation of constants, and caught there: why a node is not evaluated.
struct NotEvaluated {
  std::string why;
};

}  // namespace foldproof::prove
