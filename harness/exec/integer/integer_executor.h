// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
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
  // `open`: opens the executor of operators that are not known here, if there is one.
  explicit IntegerExecutor(std::function<std::unique_ptr<Executor>()> open = {});

  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  std::string Describe() const override;

 private:
  std::shared_ptr<Elsewhere> elsewhere_;
};

}  // namespace foldproof::exec
