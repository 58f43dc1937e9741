// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/libtorch/torch_module.h"
#include "harness/exec/libtorch/torch_plan.h"

namespace foldproof::exec {

// Runs a program node by node through libtorch's boxed dispatcher; the operators of
// quantized_decomposed and the fused ones of cadence, which libtorch has not, are computed here.
//
// With TorchReals::kFloat64 every tensor that the program declares float32 is held as float64
// (docs/numerics.md, "The float64 reference"): feeds of such values may be float32 or float64, and
// fetched ones come as float64, whatever they are declared.
class TorchExecutor : public Executor {
 public:
  explicit TorchExecutor(const std::filesystem::path& module,
                         TorchReals reals = TorchReals::kAsDeclared)
      : module_(module), reals_(reals) {}

  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  std::string Describe() const override;

 private:
  TorchModule module_;
  TorchReals reals_;
};

}  // namespace foldproof::exec
