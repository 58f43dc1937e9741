// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "harness/exec/executor.h"
#include "harness/exec/plan/elsewhere.h"

namespace foldproof::exec {

// The float64 reference (docs/numerics.md): floating-point values are held as float64 and fetched
// as such; integers and bools keep their type. Shares no arithmetic with libtorch.
class EigenExecutor : public Executor {
 public:
  // `open`: opens the executor of operators that are not known here, if there is one.
  explicit EigenExecutor(std::function<std::unique_ptr<Executor>()> open = {});

  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  std::string Describe() const override;  // "eigen 3.4.0, float64, 1 thread"

 private:
  std::shared_ptr<Elsewhere> elsewhere_;
};

}  // namespace foldproof::exec
