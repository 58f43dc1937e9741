// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_values.h"
#include "harness/prove/constants/memory_order.h"
#include "harness/prove/conv/conv_side.h"
#include "harness/prove/conv/edge.h"
#include "harness/prove/sites/number_key.h"
#include "harness/prove/sites/number_table.h"

namespace foldproof::prove {

// The value numbers of one program, given in the order of execution. An edge may be told to read
// another number than that of its value: behind a pair of frontiers the values count as equal.
class Numbering {
 public:
  Numbering(const FunctionalView& view, const ConstantValues& constants, NumberTable& table);

  // Numbers the results of `node`; all earlier nodes have been numbered.
  void Visit(const ir::Node& node);
  void Override(Edge edge, ValueNumbers numbers) { overrides_[edge] = numbers; }

  ValueNumber Of(ir::ValueId value) const { return numbers_[value.index].value; }
  // What `node` reads as its argument `operand`: the override of that edge, or the value's numbers.
  ValueNumbers ReadAt(const ir::Node& node, ir::ValueId operand) const;
  // What is read at `edge`: its override, or the numbers of `value`.
  ValueNumbers At(Edge edge, ir::ValueId value) const;
  // The same as `node` reads it there: a half constant beside a float32 tensor counts as the
  // float32 numbers that PyTorch computes with.
  ValueNumbers AsRead(const ir::Node& node, Edge edge, ir::ValueId value) const;
  // Everything of `node` but its tensor operands: target and attributes; of a convolution its typed
  // attributes, so that a bias that is there or not, and a default that is spelt out, change
  // nothing.
  static std::string Attributes(const ir::Node& node);
  // Equal for two arguments or outputs only where they are the same: numbers and words bit for bit,
  // values by their numbers.
  std::string KeyOf(const ir::ArgumentValue& argument) const;
  ValueNumber LayoutOf(ir::ValueId value) const { return numbers_[value.index].layout; }
  // What makes a conv a site: target, attributes, input and weight, but not its bias.
  std::string SiteKey(const ir::Node& node, const ConvSide& side);

 private:
  enum class Reads { kValues, kLayouts };  // kLayouts: and values

  void WriteKey(const ir::Node& node, Reads reads, KeyWriter& out) const;
  bool NumberConstant(ir::ValueId value);
  ValueNumber StateNumber(const std::string& name);
  ValueNumber LayoutAsStored(ir::ValueId value, const ir::Constant& stored);
  ValueNumber LayoutWritten(const ir::Node& node, ir::ValueId like) const;
  ValueNumber LayoutBehind(const ir::Node& node, ir::ValueId made);
  std::optional<ValueNumber> FormatKept(const ir::Node& node) const;

  const FunctionalView* view_;
  const ConstantValues* constants_;
  NumberTable* table_;
  std::vector<MemoryOrder> memory_orders_;  // by value
  std::vector<ValueNumbers> numbers_;
  std::map<Edge, ValueNumbers> overrides_;
};

}  // namespace foldproof::prove
