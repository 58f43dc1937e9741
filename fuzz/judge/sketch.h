// SPDX-License-Identifier: BSD-3-Clause
//
// A program while the lie detector changes it. ir::Editor keeps a program whole at every step and
// lets nobody exchange outputs or put a writer behind the last node; here anything may be done, and
// Finish says whether a program came out of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::fuzz {

struct SketchNode {
  std::string name;
  std::string target;
  std::vector<ir::Argument> arguments;
  std::vector<ir::ValueId> outputs;
};

struct SketchValue {
  std::string name;
  std::optional<ir::TensorType> type;
};

// Where a value is read: argument `argument` of node `node`, or output `argument` of the program,
// where `node` is the number of nodes.
struct SketchUse {
  std::size_t node = 0;
  std::size_t argument = 0;
};

class Sketch {
 public:
  explicit Sketch(const ir::Program& program);

  // The program. Throws Error(kInput) where what was made is none.
  ir::Program Finish() const;

  std::vector<SketchNode> nodes;  // in the order of execution
  std::vector<ir::ValueId> inputs;
  std::vector<ir::ArgumentValue> outputs;
  // All but the graph: signature, constants and storages. An input or output that is added is added
  // here, too.
  ir::Program shell;
  // What earlier changes put in; later ones like to come near.
  std::vector<ir::ValueId> recent;

  const SketchValue& value(ir::ValueId id) const { return values_[id.index]; }
  std::size_t value_count() const { return values_.size(); }
  void SetType(ir::ValueId id, ir::TensorType type) { values_[id.index].type = std::move(type); }

  ir::ValueId AddValue(const std::string& base, std::optional<ir::TensorType> type);
  // Puts a node in front of node `at`; its results, in order.
  std::vector<ir::ValueId> Insert(std::size_t at, const std::string& target,
                                  std::vector<ir::Argument> arguments,
                                  const std::vector<ir::TensorType>& results);
  ir::ValueId InsertOne(std::size_t at, const std::string& target,
                        std::vector<ir::Argument> arguments, const ir::TensorType& result) {
    return Insert(at, target, std::move(arguments), {result}).front();
  }
  // A constant of these elements as a new input of the graph.
  ir::ValueId AddConstant(const std::string& base, ir::Constant::Kind kind,
                          const ir::TensorType& type, std::vector<std::byte> bytes);
  // A new input of the caller's, behind the others.
  ir::ValueId AddUserInput(const std::string& base, const ir::TensorType& type);

  std::vector<SketchUse> UsesOf(ir::ValueId id) const;  // in the order of execution
  // The value at `use` is `to` from now on, where it was `from`.
  void Redirect(const SketchUse& use, ir::ValueId from, ir::ValueId to);
  // Index of the node that makes `id`; nullopt for an input.
  std::optional<std::size_t> ProducerOf(ir::ValueId id) const;
  // By value: whether it depends on what the caller passes.
  std::vector<char> Active() const;
  const ir::InputSpec* SpecOf(ir::ValueId id) const;  // nullptr for what is no input
  // The elements of a constant, to be changed; nullptr where it shares its storage or is none.
  std::vector<std::byte>* BytesOf(ir::ValueId id);

 private:
  std::string FreeName(const std::string& base);

  std::vector<SketchValue> values_;
  std::size_t named_ = 0;
};

}  // namespace foldproof::fuzz
