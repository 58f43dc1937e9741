// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_value.h"
#include "harness/prove/constants/memory_order.h"
#include "src/ir/program.h"

namespace foldproof::prove {

using exec::FunctionalView;

// A program's constant subgraphs: its stored constants, and what nodes make of constants alone.
// Evaluated when asked for and kept, once as PyTorch computes them (docs/numerics.md, IEEE sqrt)
// and once in float64: stored constants converted exactly, eps and other numbers as the doubles of
// the graph, every operation rounded once in double, integers and codes as the program computes
// them.
//
// Find and WhyNot remember what they evaluate: not for two threads at once.
class ConstantValues {
 public:
  // `program` is functional, and must live as long as this.
  explicit ConstantValues(const ir::Program& program);
  ConstantValues(ConstantValues&&) noexcept = default;
  ConstantValues& operator=(ConstantValues&&) noexcept = default;

  // nullptr: not a constant, or one that is not evaluated. The answer stays valid as long as this.
  const ConstantValue* Find(ir::ValueId value) const;

  // Why a value whose operands are all constants was not evaluated ("aten.bmm.default is not
  // evaluated here"), empty otherwise. Its name is not in it, but that of the operand at fault is.
  std::string WhyNot(ir::ValueId value) const;

  using FindConstant = std::function<const ConstantValue&(ir::ValueId)>;

 private:
  struct Entry {
    std::optional<ConstantValue> value;
    std::string why_not;
    bool names_operand = false;  // the reason is that of an operand, whose name it begins with
  };

  std::vector<ir::ValueId> OperandsOf(ir::ValueId value) const;
  const Entry& Evaluated(ir::ValueId value) const;
  Entry Evaluate(ir::ValueId value) const;
  ConstantValue Compute(ir::ValueId value) const;
  ConstantValue Stored(const ir::Constant& constant) const;
  void FollowRoots(const ir::Node& node, const FindConstant& find, ConstantValue& out) const;

  const ir::Program* program_;
  std::vector<char> constant_;              // by value: whether all it comes from are constants
  std::vector<MemoryOrder> memory_orders_;  // by value
  mutable std::vector<std::unique_ptr<Entry>> entries_;  // by value, once asked for
};

}  // namespace foldproof::prove
