// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "harness/exec/libtorch/torch_plan.h"
#include "harness/exec/libtorch/torch_run.h"

namespace foldproof::exec {

// A plan, its kernels packed, and what is the same in all its runs.
class PreparedTorchProgram : public PreparedProgram {
 public:
  PreparedTorchProgram(std::unique_ptr<const TorchPlan> plan, std::vector<Held> constants)
      : plan_(std::move(plan)), constants_(std::move(constants)) {}

  Tensors Run(const Tensors& feeds) override;

 private:
  std::unique_ptr<const TorchPlan> plan_;
  std::vector<Held> constants_;
};

}  // namespace foldproof::exec
