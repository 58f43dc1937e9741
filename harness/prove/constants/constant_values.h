// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_value.h"
#include "harness/prove/constants/memory_order.h"
#include "src/ir/program.h"

namespace foldproof::prove {

using exec::FunctionalView;

// A program's constant subgraphs: its stored constants, and what nodes make of constants alone.
// Evaluated when asked for, once as PyTorch computes them (docs/numerics.md, IEEE sqrt) and once in
// float64: stored constants converted exactly, eps and other numbers as the doubles of the graph,
// every operation rounded once in double, integers and codes as the program computes them.
//
// Small ones are kept, and of the large ones a few that were evaluated last: weights are read where
// their conv is, and those of a whole network, with all that they are computed from, are many times
// its file. Find and WhyNot remember what they evaluate: not for two threads at once.
class ConstantValues {
 public:
  // `program` is functional, and must live as long as this.
  explicit ConstantValues(const ir::Program& program);
  ConstantValues(ConstantValues&&) noexcept = default;
  ConstantValues& operator=(ConstantValues&&) noexcept = default;

  // nullptr: not a constant, or one that is not evaluated.
  std::shared_ptr<const ConstantValue> Find(ir::ValueId value) const;
  // Whether Find finds it.
  bool Has(ir::ValueId value) const;

  // The large ones are gone, as nobody will ask for them soon.
  void Forget() const;

  // Why a value whose operands are all constants was not evaluated ("aten.bmm.default is not
  // evaluated here"), empty otherwise. Its name is not in it, but that of the operand at fault is.
  std::string WhyNot(ir::ValueId value) const;

  // Whether all that it comes from are constants, evaluated or not.
  bool IsConstant(ir::ValueId value) const;

  // What is known of how a value of the program lies in memory, constant or not.
  MemoryOrder OrderOf(ir::ValueId value) const { return memory_orders_[value.index]; }

 private:
  enum class State { kNew, kValue, kNone };
  struct Entry {
    std::shared_ptr<const ConstantValue> value;  // of kValue; nullptr: it was large, and is gone
    State state = State::kNew;
    bool ordered = false;        // it is among those that the call which walked it evaluates
    bool names_operand = false;  // the reason is that of an operand, whose name it begins with
    std::string why_not;         // of kNone
    std::uint64_t walked = 0;    // the last call that looked for its operands
    std::uint64_t read = 0;      // the last call that reads it
  };

  std::vector<ir::ValueId> OperandsOf(ir::ValueId value) const;
  const Entry& Evaluated(ir::ValueId value) const;
  std::vector<ir::ValueId> Missing(ir::ValueId value) const;
  void Release(std::size_t most) const;
  void Evaluate(ir::ValueId value) const;
  ConstantValue Compute(ir::ValueId value) const;
  ConstantValue Stored(const ir::Constant& constant) const;

  const ir::Program* program_;
  std::vector<char> constant_;              // by value: whether all it comes from are constants
  std::vector<MemoryOrder> memory_orders_;  // by value
  mutable std::vector<Entry> entries_;      // by value
  mutable std::vector<ir::ValueId> large_;  // that are there, the oldest first
  mutable std::size_t large_bytes_ = 0;
  mutable std::uint64_t call_ = 0;
};

}  // namespace foldproof::prove
