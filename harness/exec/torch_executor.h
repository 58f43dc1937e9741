// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/torch_module.h"

namespace foldproof::exec {

// Runs a program node by node through libtorch's boxed dispatcher; the operators of
// quantized_decomposed and the fused ones of cadence, which libtorch has not, are computed here.
class TorchExecutor : public Executor {
 public:
  explicit TorchExecutor(const std::filesystem::path& module) : module_(module) {}

  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  std::string Describe() const override { return module_.Describe(); }

 private:
  TorchModule module_;
};

}  // namespace foldproof::exec
