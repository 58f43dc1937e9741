// SPDX-License-Identifier: BSD-3-Clause
//
// What a call of a program gives its caller: outputs, and what it leaves in buffers and inputs.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harness/exec/executor.h"
#include "src/ir/program.h"

namespace foldproof::fuzz {

struct Seen {
  std::vector<exec::Tensor> outputs;  // the caller's, in order
  std::vector<std::size_t> index;     // which output of the graph each is
  // What constants ("weight") and inputs ("input 0") hold afterwards.
  std::map<std::string, exec::Tensor> state;
};

// A program, which came out of a sketch, made ready to be called. `fixed` are values that are given
// instead of being computed.
class ObservedProgram {
 public:
  ObservedProgram(const ir::Program& program, exec::Executor& executor,
                  const std::set<ir::ValueId>& fixed = {});

  // `inputs`, one a user input; `fixed` by the program's own values.
  Seen Call(const std::vector<exec::Tensor>& inputs, const exec::Tensors& fixed = {});
  // Some of the program's values, when they are made.
  exec::Tensors Values(const std::vector<exec::Tensor>& inputs, const exec::Tensors& fixed,
                       const std::vector<ir::ValueId>& wanted);

 private:
  exec::Tensors Feeds(const std::vector<exec::Tensor>& inputs, const exec::Tensors& fixed) const;

  ir::Program program_;  // with constants and inputs among the outputs, where something may write
  exec::Executor& executor_;
  std::set<ir::ValueId> fixed_;
  std::vector<ir::ValueId> fetch_;
  std::map<std::string, ir::ValueId> state_;
  std::unique_ptr<exec::PreparedProgram> prepared_;
};

// What constants hold before any call, by the same names.
std::map<std::string, exec::Tensor> StateBefore(const ir::Program& program);

// Whether some node may write into a tensor.
bool MayWrite(const ir::Program& program);

}  // namespace foldproof::fuzz
