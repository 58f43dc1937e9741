// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <variant>
#include <vector>

#include "harness/exec/torch/module.h"
#include "src/ir/graph.h"

namespace foldproof::exec {

// What a value is while a program runs: a tensor of the module's, or a number (sym_size).
using Operand = std::variant<FoldproofTorchTensor*, std::int64_t, double, bool>;
using OperandOf = std::function<Operand(ir::ValueId)>;

// A node's arguments as the module takes them, with what they point to.
class CallArguments {
 public:
  // Throws Error(kInput) with an empty place where an argument has no form that a call can take.
  CallArguments(const ir::Node& node, const OperandOf& operand_of);
  CallArguments(const CallArguments&) = delete;
  CallArguments& operator=(const CallArguments&) = delete;

  const std::vector<FoldproofTorchArgument>& all() const { return all_; }

 private:
  FoldproofTorchArgument Convert(const ir::Argument& argument, const OperandOf& operand_of);
  FoldproofTorchArgument Integers(FoldproofTorchKind kind, std::vector<std::int64_t> integers);
  FoldproofTorchArgument Reals(FoldproofTorchKind kind, std::vector<double> reals);
  FoldproofTorchArgument Texts(FoldproofTorchKind kind, std::vector<const char*> texts);
  FoldproofTorchArgument Tensors(FoldproofTorchKind kind,
                                 std::vector<FoldproofTorchTensor*> tensors);
  FoldproofTorchArgument OfOperand(const Operand& operand);

  std::vector<FoldproofTorchArgument> all_;
  // Deques, because all_ points into their elements.
  std::deque<std::vector<std::int64_t>> integers_;
  std::deque<std::vector<double>> reals_;
  std::deque<std::vector<const char*>> texts_;
  std::deque<std::vector<FoldproofTorchTensor*>> tensors_;
};

}  // namespace foldproof::exec
