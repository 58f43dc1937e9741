// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "harness/exec/libtorch/torch_module.h"
#include "harness/exec/plan/quantized_site.h"
#include "harness/exec/plan/run_plan.h"
#include "src/ir/program.h"

namespace foldproof::exec {

// In which type a program's float32 tensors are held: as declared, or as float64 (docs/numerics.md,
// "The float64 reference").
enum class TorchReals { kAsDeclared, kFloat64 };

// A node of a plan, with what running it again and again needs to know only once.
struct TorchStep {
  enum class Kind {
    kNothing,       // get_attr: its result is a constant
    kQuantize,      // quantize_per_tensor and
    kDequantize,    // dequantize_per_tensor with numbers for parameters, over the tensor's memory
    kComputedHere,  // any other operator that libtorch has not
    kSymbolic,      // Python's operators on sizes
    kOperator,      // through libtorch's dispatcher
    kKernel,        // a quantizer, together with all that its site computes, as a quantized kernel
  };

  const ir::Node* node = nullptr;
  std::unique_ptr<const ir::Node> rewritten;  // what is called in its place, where not nullptr
  Kind kind = Kind::kOperator;
  TorchModule::Operator found{nullptr};  // of kOperator
  std::vector<ir::ValueId> reads;
  std::vector<ir::ValueId> dead;        // values that nothing reads after this step
  const QuantizedSite* site = nullptr;  // of kKernel
  TorchModule::Kernel kernel{nullptr};  // of kKernel, once it is packed
};

// What of a program runs through libtorch, split into what depends on constants alone and the rest.
// The program, the module and the sites, which are run as kernels, outlive it.
struct TorchPlan {
  TorchPlan(const TorchModule& module, const ir::Program& program, const std::set<ir::ValueId>& fed,
            const std::vector<ir::ValueId>& fetch, const std::vector<QuantizedSite>& sites = {},
            TorchReals reals = TorchReals::kAsDeclared);

  const TorchModule& module;
  const ir::Program& program;
  const TorchReals reals;
  const std::set<ir::ValueId> fed;
  const std::set<ir::ValueId> fetch;
  const std::set<ir::ValueId> returned;
  const std::map<ir::ValueId, const ir::Constant*> constants;
  std::set<ir::ValueId> changed;  // values into whose memory some step writes
  // Steps that write nothing, draw nothing at random and read constants, or results of such steps,
  // that no other step writes into: their results are the same in every run.
  std::vector<TorchStep> constant_steps;
  std::vector<TorchStep> steps;
};

}  // namespace foldproof::exec
