// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/program.h"

namespace foldproof::exec {

using Tensors = std::map<ir::ValueId, Tensor>;

// Runs programs on concrete tensors.
class Executor {
 public:
  virtual ~Executor() = default;

  // The values of `fetch`. `feeds` gives values by id: user inputs, or any inner value, which cuts
  // the program there (the nodes behind it are not run). Only what `fetch` needs is run. Constants
  // are copied first, so an in-place node never changes the program; such a node runs where what it
  // changes is read later. A fetched value that the program returns is read at the end, any other
  // when it is made; one that is no tensor (sym_size) comes as a tensor of no dimensions. Throws
  // Error(kInput) that names the node where something cannot be run or a feed has another dtype or
  // shape than its value.
  virtual Tensors Run(const ir::Program& program, const Tensors& feeds,
                      const std::vector<ir::ValueId>& fetch) = 0;

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
