// SPDX-License-Identifier: BSD-3-Clause
//
// Making a program again, node by node, with changes: what a pass does to it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/error.h"
#include "src/ir/program.h"

namespace foldproof::pt2 {

class ProgramCopy {
 public:
  // Takes the inputs of `from`, but those of these names, and all its constants.
  explicit ProgramCopy(const ir::Program& from, const std::set<std::string>& without = {})
      : from_(from) {
    to_.constants = from.constants;
    to_.storages = from.storages;
    for (const ir::InputSpec& spec : from.inputs) {
      const ir::Value& value = from.graph.value(spec.value);
      if (without.contains(value.name)) continue;
      const ir::ValueId id = to_.graph.AddInput(value.name, value.type);
      values_.emplace(spec.value, id);
      to_.inputs.push_back({spec.kind, id, spec.target, spec.persistent});
    }
  }

  ir::Program& program() { return to_; }
  ir::ValueId Input(ir::InputSpec::Kind kind, std::string name, ir::TensorType type,
                    std::string target) {
    const ir::ValueId id = to_.graph.AddInput(std::move(name), std::move(type));
    to_.inputs.push_back({kind, id, std::move(target), true});
    return id;
  }
  // From here on, what read `old` in the copied program reads `now`.
  void Replace(ir::ValueId old, ir::ValueId now) { values_[old] = now; }

  void Add(const ir::Node& node) { Add(node, node.arguments); }
  // `arguments` name values of the copied program.
  void Add(const ir::Node& node, std::vector<ir::Argument> arguments) {
    for (ir::Argument& argument : arguments) Map(argument.value);
    std::vector<std::pair<std::string, std::optional<ir::TensorType>>> results;
    for (const ir::ValueId id : node.outputs) {
      results.emplace_back(from_.graph.value(id).name, from_.graph.value(id).type);
    }
    const ir::NodeId made =
        to_.graph.Append(node.name, node.target, std::move(arguments), std::move(results));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      values_[node.outputs[i]] = to_.graph.node(made).outputs[i];
    }
  }

  // Ends the program with the outputs that the copied one had.
  ir::Program Return() {
    std::vector<ir::ArgumentValue> outputs = from_.graph.outputs();
    for (ir::ArgumentValue& output : outputs) Map(output);
    to_.graph.SetOutputs(std::move(outputs));
    to_.outputs = from_.outputs;
    return std::move(to_);
  }
  // Ends it with these values of the new program, whose names in the signature are stale.
  ir::Program Return(const std::vector<ir::ValueId>& outputs) {
    to_.graph.SetOutputs({outputs.begin(), outputs.end()});
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      to_.outputs.push_back({ir::OutputSpec::Kind::kUserOutput, "stale", {}});
    }
    return std::move(to_);
  }

 private:
  void Map(ir::ArgumentValue& value) const {
    const auto map = [&](ir::ValueId& id) { id = values_.at(id); };
    if (auto* one = std::get_if<ir::ValueId>(&value)) {
      map(*one);
    } else if (auto* many = std::get_if<std::vector<ir::ValueId>>(&value)) {
      for (ir::ValueId& id : *many) map(id);
    } else if (auto* maybe = std::get_if<std::vector<std::optional<ir::ValueId>>>(&value)) {
      for (auto& id : *maybe) {
        if (id) map(*id);
      }
    } else if (auto* mixed = std::get_if<std::vector<ir::IntOrValue>>(&value)) {
      for (ir::IntOrValue& item : *mixed) {
        if (auto* id = std::get_if<ir::ValueId>(&item)) map(*id);
      }
    } else if (auto* kept = std::get_if<ir::Unsupported>(&value)) {
      for (ir::ValueId& id : kept->reads) map(id);
    }
  }

  const ir::Program& from_;
  ir::Program to_;
  std::map<ir::ValueId, ir::ValueId> values_;
};

// The part of `from` that computes the values called `outputs`, and returns them; constants that it
// does not read are no inputs of it any more.
inline ir::Program CutAt(const ir::Program& from, const std::vector<std::string>& outputs) {
  std::set<ir::ValueId> needed;
  for (const std::string& name : outputs) {
    const auto found = from.graph.FindValue(name);
    if (!found) throw Error(Error::Code::kUsage, name, "is no value of the program");
    needed.insert(*found);
  }
  std::set<const ir::Node*> kept;
  for (auto node = from.graph.nodes().rbegin(); node != from.graph.nodes().rend(); ++node) {
    for (const ir::ValueId made : node->outputs) {
      if (needed.contains(made)) kept.insert(&*node);
    }
    if (!kept.contains(&*node)) continue;
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) { needed.insert(id); });
    }
  }
  std::set<std::string> without;
  for (const ir::InputSpec& spec : from.inputs) {
    if (spec.kind == ir::InputSpec::Kind::kUserInput || needed.contains(spec.value)) continue;
    without.insert(from.graph.value(spec.value).name);
  }
  ProgramCopy copy(from, without);
  for (const ir::Node& node : from.graph.nodes()) {
    if (kept.contains(&node)) copy.Add(node);
  }
  std::vector<ir::ValueId> returned;
  for (const std::string& name : outputs) {
    returned.push_back(*copy.program().graph.FindValue(name));
  }
  return copy.Return(returned);
}

}  // namespace foldproof::pt2
