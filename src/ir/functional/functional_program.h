// SPDX-License-Identifier: BSD-3-Clause
//
// A program in which no node writes into memory: what the proof, the executors that compute here
// and the fold's guards see (docs/effects.md). Every value is the one that is really read; what the
// program leaves in buffers and inputs is among its outputs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::ir {

// What a buffer that the program updates holds when a call begins.
enum class State {
  kAny,     // whatever earlier calls left: it is no constant
  kStored,  // what the program carries: the first call
};

class FunctionalProgram {
 public:
  // `original` must live as long as this. One that is functional already is taken as it is.
  explicit FunctionalProgram(const Program& original, State state = State::kAny);
  // A temporary would be gone at once.
  explicit FunctionalProgram(Program&&, State = State::kAny) = delete;

  // In it an in-place node stands for the function that makes what its operand holds afterwards: by
  // the target of the operator out of place where that is known to be the same (out_of_place.h), by
  // its own otherwise. kWrittenTarget makes what another call leaves in an operand; kUnknownTarget
  // makes what nothing is known of, and its first argument says why.
  const Program& program() const { return *program_; }

  // The value of program() that stands for a value of the original: when it was made, and when the
  // program ends.
  ValueId Made(ValueId original) const;
  ValueId AtEnd(ValueId original) const;
  // The value of the original that holds `value` from when it is made until the program ends.
  // nullopt: there is none, since the node was put in, or it is written into later.
  std::optional<ValueId> Original(ValueId value) const;

  // The value that `node` reads where its arguments say `value`, and that an output returns.
  ValueId Read(NodeId, ValueId value) const { return value; }
  ValueId Output(std::size_t, ValueId value) const { return value; }

  // True where the node's results reach an output of the program.
  bool IsLive(NodeId node) const { return live_[node.index] != 0; }
  // The uses of `value` in the order of execution; dead nodes are left out.
  const std::vector<Use>& Users(ValueId value) const { return users_[value.index]; }

 private:
  void NoteOriginals();
  void MarkLive();
  void CollectUsers();

  std::shared_ptr<const Program> made_program_;  // none where the original is functional
  const Program* program_;
  std::vector<ValueId> made_, at_end_;            // by value of the original; empty: the same ones
  std::vector<std::optional<ValueId>> original_;  // by value of program(); empty: the same ones
  std::vector<char> live_;
  std::vector<std::vector<Use>> users_;
};

}  // namespace foldproof::ir
