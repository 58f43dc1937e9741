// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/ir/constant.h"
#include "src/ir/graph.h"
#include "src/ir/storages.h"

namespace foldproof::ir {

// What an input of an ExportedProgram's graph stands for.
struct InputSpec {
  enum class Kind { kUserInput, kParameter, kBuffer, kTensorConstant };

  Kind kind = Kind::kUserInput;
  ValueId value;
  std::string target;  // qualified name of the constant; empty for a user input
  bool persistent = true;
};

// What an output of the graph stands for. `name` is the value's name as the signature gives it:
// where it is not the graph's, the signature is stale (a structure finding, not an unusable file).
struct OutputSpec {
  enum class Kind { kUserOutput, kBufferMutation, kUserInputMutation, kOther };

  Kind kind = Kind::kUserOutput;
  std::string name;
  std::string target;  // mutated buffer or input
};

// Both ends belong to it; nullopt: no end.
struct SizeRange {
  std::optional<std::int64_t> low, high;
  friend bool operator==(const SizeRange&, const SizeRange&) = default;
};

// A torch.export program. In kExportedProgram form every constant is an input of the graph, named
// by the signature; in kGraphModule form the graph's inputs are the user's and constants are
// get_attr nodes. Everything but src/pt2 and lift/unlift reads constants through ConstantOf, which
// knows both.
struct Program {
  enum class Form { kExportedProgram, kGraphModule };

  Form form = Form::kExportedProgram;
  Graph graph;
  std::vector<InputSpec> inputs;              // one an input of the graph, in order
  std::vector<OutputSpec> outputs;            // one an output of the graph, in order
  std::map<std::string, Constant> constants;  // by qualified name
  Storages storages;
  // How the caller's arguments and results are nested, and by which keys: the trees of the
  // archive's call spec, as text; empty where the program was not read from one.
  std::string input_tree, output_tree;
  // Which values each symbol of the shapes takes, by its name: outside, PyTorch refuses the call.
  std::map<std::string, SizeRange, std::less<>> size_ranges;
  std::vector<std::string> guards;  // further conditions on the inputs, as Python expressions
  // Inputs that export fixed to a number, a string or None, in order, as JSON: PyTorch refuses a
  // call with another one. They are no values of the graph.
  std::vector<std::string> fixed_inputs;
  // No node writes into memory (src/ir/functional).
  bool is_functional = false;
  // The constants that a functional program updates. Their content at a call is what earlier calls
  // left, so ConstantOf does not give them.
  std::set<std::string> updated;
  // Of a functional program: values that stand for what a write left in a tensor, each with the one
  // that the tensor was when it was made. A write moves nothing: both lie alike in memory.
  std::map<ValueId, ValueId> lies_like;

  // The constant that `value` is, nullptr where it is none.
  const Constant* ConstantOf(ValueId value) const;
  std::vector<std::byte> BytesOf(const Constant& constant) const;  // row-major, without gaps
  std::vector<ValueId> UserInputs() const;
  // The value whose strides those of `value` are: what lies_like says, else itself.
  ValueId LiesLike(ValueId value) const;
};

}  // namespace foldproof::ir
