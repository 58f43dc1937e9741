// SPDX-License-Identifier: BSD-3-Clause
//
// libtorch sums a convolution's products as floats, in an order of its own; what a proof says is
// about the exact sum (docs/proof.md, eq. 3). Where a run differs by more than was proved, both
// programs are run again with the exact value in the place of every quantized convolution's.
#pragma once

#include <vector>

#include "fuzz/judge/observed_run.h"

namespace foldproof::fuzz {

struct ExactSeen {
  Seen seen;
  bool is_exact = true;  // whether every convolution's value was compared with the exact one
};

// A call of `program` on `torch` in which convolutions of codes have the value of the executor of
// integers. One whose own value is further from it than rounding explains keeps that: the executor
// of integers did not see what libtorch saw.
ExactSeen CallWithExactSums(const ir::Program& program, const std::vector<exec::Tensor>& inputs,
                            exec::Executor& torch);

}  // namespace foldproof::fuzz
