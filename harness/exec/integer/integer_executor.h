// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/integer/operators.h"

namespace foldproof::exec {

// Runs programs in `integer` semantics (docs/numerics.md, eq. 7), without libtorch: convolutions
// and linear layers of dequantized codes as exact integers, everything else in float32 as PyTorch
// computes it; sums of floats in float64, rounded once.
class IntegerExecutor : public Executor {
 public:
  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  std::string Describe() const override { return "integer, float32 tails with FMA"; }
};

}  // namespace foldproof::exec
