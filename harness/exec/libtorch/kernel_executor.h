// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/libtorch/torch_module.h"
#include "harness/exec/plan/quantized_site.h"

namespace foldproof::exec {

// Runs each quantized site (quantized_site.h) as one kernel of an engine of libtorch's, on
// quantized tensors and in integers, as hardware would; everything else as the executor `torch`
// does.
//
// A kernel takes codes of 8 bits (int8 ones are raised by 128, which is exact), weights of 8 bits
// that are constants, and a batch dimension. What it does not take stays float and is named in
// Products(). A site's inner value that is fetched is computed besides, in float.
class KernelExecutor : public Executor {
 public:
  // `engine` is libtorch's name for it: qnnpack, onednn, fbgemm or x86. Throws Error(kInternal)
  // where the module's libtorch has it not, on this machine.
  KernelExecutor(const std::filesystem::path& module, std::string engine);

  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  // "qnnpack of torch 1.13.0, AVX2, 1 thread".
  std::string Describe() const override;

  // Every conv and linear that reaches an output of the program that was prepared last.
  const std::vector<ProductRun>& Products() const { return products_; }

 private:
  TorchModule module_;
  std::string engine_;
  std::vector<ProductRun> products_;
};

}  // namespace foldproof::exec
