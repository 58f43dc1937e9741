// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/plan/quantized_site.h"
#include "harness/exec/quantized/requantize.h"

namespace foldproof::exec {

// Runs programs as an integer kernel computes them (docs/proof.md, "Kernel semantics"), without
// libtorch: each quantized site (quantized_site.h, SiteForm::kActivations) gives its codes by
// integers alone; everything else is as in IntegerExecutor.
//
// A site has a kernel where site_constants.h says so. A value inside a site that is read by another
// node, or fetched, is computed besides, in float.
class IntegerKernelExecutor : public Executor {
 public:
  explicit IntegerKernelExecutor(Kernel kernel) : kernel_(kernel) {}

  std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                           const std::set<ir::ValueId>& fed,
                                           const std::vector<ir::ValueId>& fetch) override;
  // "integer:q31, float32 tails with FMA".
  std::string Describe() const override;

  // Every conv and linear that reaches an output of the program that was prepared last, once for
  // each quantizer behind it.
  const std::vector<ProductRun>& Products() const { return products_; }

 private:
  Kernel kernel_;
  std::vector<ProductRun> products_;
};

}  // namespace foldproof::exec
