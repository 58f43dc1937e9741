// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/program.h"

namespace foldproof::exec {

using Tensors = std::map<ir::ValueId, Tensor>;

// A program made ready to run again and again: what of it runs is decided, and what depends on
// constants alone need not be computed twice.
class PreparedProgram {
 public:
  virtual ~PreparedProgram() = default;

  // The fetched values. `feeds` gives exactly the values that were announced. Throws Error(kInput)
  // that names the node where something cannot be run or a feed has another dtype or shape than its
  // value. Runs do not see each other: an in-place node never changes a constant of the next run.
  virtual Tensors Run(const Tensors& feeds) = 0;
};

// Runs programs on concrete tensors.
class Executor {
 public:
  virtual ~Executor() = default;

  // Makes `program`, which outlives the result, ready to compute the values of `fetch` from those
  // of `fed`: user inputs, or any inner value, which cuts the program there (the nodes behind it
  // are not run). Only what `fetch` needs is run; an in-place node runs where what it changes is
  // read later. A fetched value that the program returns is read at the end, any other when it is
  // made; one that is no tensor (sym_size) comes as a tensor of no dimensions. Throws Error(kInput)
  // that names a node which this executor cannot run, and says why.
  virtual std::unique_ptr<PreparedProgram> Prepare(const ir::Program& program,
                                                   const std::set<ir::ValueId>& fed,
                                                   const std::vector<ir::ValueId>& fetch) = 0;

  // The same, and one run of it.
  Tensors Run(const ir::Program& program, const Tensors& feeds,
              const std::vector<ir::ValueId>& fetch);

  // For the report: "torch 2.13.0+cpu, AVX2, 1 thread".
  virtual std::string Describe() const = 0;
};

// The libtorch executor: opens the module foldproof_torch (with dlopen) that was built beside this
// program. Throws Error(kInternal) that says what is missing and which command builds it.
std::unique_ptr<Executor> OpenTorchExecutor();

// The user inputs of run `i` in `arrays` (x{i}, or x{i}_{k} where there are several), by value.
// Throws Error(kInput) that names the missing array.
Tensors InputsOfRun(const ir::Program& program, const std::map<std::string, Tensor>& arrays,
                    std::size_t i);

}  // namespace foldproof::exec
