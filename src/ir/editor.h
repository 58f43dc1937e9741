// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::ir {

// A program while a pass rewrites it. Nodes keep their ids until Finish, also when others come or
// go; an id is never used again. Reading goes through graph() and program(), whose list of nodes is
// in the order of making then: Order() has the order of execution and leaves out what was erased.
class Editor {
 public:
  explicit Editor(Program program);

  const Program& program() const { return program_; }
  const Graph& graph() const { return program_.graph; }
  const std::vector<NodeId>& Order() const { return order_; }
  bool IsErased(NodeId id) const;
  // Whether `node` of the program as it was given reads what another node writes into, or a
  // constant that the program updates (functional/reads_written.h).
  bool ReadsWritten(NodeId node) const { return reads_written_.contains(node); }

  // Every reader of `from`, nodes and program outputs, reads `to` from now on; the signature's
  // names of those outputs follow. A node that already stood before `to` is made must not be among
  // the readers.
  void ReplaceUses(ValueId from, ValueId to);
  // Gives `node` the argument under that name; one that it has not is appended.
  void SetArgument(NodeId node, std::string_view name, ArgumentValue value);
  // A node just before `place`. It and its results are named after `base`, with the first free of
  // "", "_1", "_2", ... behind.
  NodeId InsertBefore(NodeId place, std::string_view base, std::string target,
                      std::vector<Argument> arguments,
                      std::vector<std::optional<TensorType>> outputs);
  // Nobody reads its results any more.
  void Erase(NodeId node);
  // Erases, last to first, each node whose results nobody reads and that changes nothing but them.
  // Returns how many.
  std::size_t EraseDead();

  // A parameter `attribute` with these elements, row-major. In an ExportedProgram it is the first
  // input, named `input` (or the first free name after it); in a GraphModule a get_attr just before
  // `place`.
  ValueId AddParameter(NodeId place, std::string_view attribute, std::string_view input,
                       TensorType type, std::span<const std::byte> elements);
  // The constant that `value` stands for gets this type and these elements; constants that shared
  // its storage keep theirs.
  void SetConstant(ValueId value, TensorType type, std::span<const std::byte> elements);

  // The program, with values and nodes numbered anew in their order; as it was where nothing was
  // edited.
  Program Finish() &&;

 private:
  std::string FreeName(std::string_view base) const;
  std::string FreeAttribute(std::string_view base) const;
  std::uint32_t AddStorage(std::span<const std::byte> elements);

  Program program_;
  std::vector<NodeId> order_;
  std::vector<char> erased_;  // by node
  std::set<NodeId> reads_written_;
  bool is_edited_ = false;
};

// Whether running `node` does more than make its results: it changes a tensor in place, or checks
// something.
bool HasEffect(const Node& node);

}  // namespace foldproof::ir
