// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/sketch.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/ir/checker.h"
#include "src/ir/lift.h"

namespace foldproof::fuzz {
namespace {

// PyTorch's schemas have these behind the *: given by position, the operator does not run.
bool IsKeywordOf(std::string_view target, std::string_view name) {
  constexpr std::array<std::string_view, 7> kKeywords = {
      "alpha", "rounding_mode", "memory_format", "approximate", "generator", "out", "value"};
  if (name == "value") return target.starts_with("aten.addc");
  return std::ranges::find(kKeywords, name) != kKeywords.end();
}

// "aten.add_.Tensor" makes add_.
std::string BaseName(std::string_view target) {
  const std::size_t from = target.find('.') + 1;
  std::string name(target.substr(from, target.find('.', from) - from));
  while (name.starts_with('_')) name.erase(0, 1);
  return name.empty() ? "node" : name;
}

}  // namespace

Sketch::Sketch(const ir::Program& program) : shell(program) {
  for (const ir::Value& value : program.graph.values()) values_.push_back({value.name, value.type});
  for (const ir::Node& node : program.graph.nodes()) {
    nodes.push_back({node.name, node.target, node.arguments, node.outputs});
  }
  inputs = program.graph.inputs();
  outputs = program.graph.outputs();
  shell.graph = ir::Graph();
}

ir::Program Sketch::Finish() const {
  ir::Program out = shell;
  std::vector<std::optional<ir::ValueId>> renumbered(values_.size());
  for (const ir::ValueId id : inputs) {
    renumbered[id.index] = out.graph.AddInput(value(id).name, value(id).type);
  }
  const auto as_there = [&](ir::ValueId id) {
    if (!renumbered[id.index]) {
      throw Error(Error::Code::kInput, value(id).name, "is read before it is made");
    }
    return *renumbered[id.index];
  };
  for (const SketchNode& node : nodes) {
    std::vector<ir::Argument> arguments = node.arguments;
    for (ir::Argument& argument : arguments) {
      argument.value = ir::Renumbered(std::move(argument.value), as_there);
    }
    std::vector<std::pair<std::string, std::optional<ir::TensorType>>> results;
    for (const ir::ValueId id : node.outputs) results.emplace_back(value(id).name, value(id).type);
    const ir::NodeId made =
        out.graph.Append(node.name, node.target, std::move(arguments), std::move(results));
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      renumbered[node.outputs[i].index] = out.graph.node(made).outputs[i];
    }
  }
  std::vector<ir::ArgumentValue> returned;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    returned.push_back(ir::Renumbered(outputs[i], as_there));
    const auto* id = std::get_if<ir::ValueId>(&outputs[i]);
    if (id != nullptr) out.outputs.at(i).name = value(*id).name;
  }
  out.graph.SetOutputs(std::move(returned));
  for (ir::InputSpec& spec : out.inputs) spec.value = as_there(spec.value);
  ir::CheckProgram(out);
  return out;
}

std::string Sketch::FreeName(const std::string& base) {
  const auto is_taken = [&](const std::string& name) {
    return std::ranges::any_of(values_, [&](const SketchValue& v) { return v.name == name; }) ||
           std::ranges::any_of(nodes, [&](const SketchNode& n) { return n.name == name; });
  };
  std::string name = base + "_j" + std::to_string(named_++);
  while (is_taken(name)) name = base + "_j" + std::to_string(named_++);
  return name;
}

ir::ValueId Sketch::AddValue(const std::string& base, std::optional<ir::TensorType> type) {
  values_.push_back({FreeName(base), std::move(type)});
  return {static_cast<std::uint32_t>(values_.size() - 1)};
}

std::vector<ir::ValueId> Sketch::Insert(std::size_t at, const std::string& target,
                                        std::vector<ir::Argument> arguments,
                                        const std::vector<ir::TensorType>& results) {
  for (ir::Argument& argument : arguments) {
    argument.keyword = IsKeywordOf(target, argument.name);
  }
  SketchNode node{"", target, std::move(arguments), {}};
  const std::string base = BaseName(target);
  for (const ir::TensorType& type : results) node.outputs.push_back(AddValue(base, type));
  node.name = node.outputs.size() == 1 ? value(node.outputs[0]).name : FreeName(base);
  std::vector<ir::ValueId> made = node.outputs;
  recent.insert(recent.end(), made.begin(), made.end());
  nodes.insert(nodes.begin() + static_cast<std::ptrdiff_t>(at), std::move(node));
  return made;
}

ir::ValueId Sketch::AddConstant(const std::string& base, ir::Constant::Kind kind,
                                const ir::TensorType& type, std::vector<std::byte> bytes) {
  std::string name = base;
  for (int n = 1; shell.constants.contains(name); ++n) name = base + std::to_string(n);
  std::vector<std::int64_t> sizes = type.sizes(), strides(sizes.size(), 1);
  for (std::size_t d = strides.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  const std::uint32_t storage = shell.storages.Add(std::move(bytes));
  const ir::Constant& stored =
      shell.constants[name] = {name, kind, true, type, strides, 0, storage};
  const ir::ValueId id = AddValue(ir::InputNameOf(stored), type);
  inputs.insert(inputs.begin(), id);
  shell.inputs.insert(shell.inputs.begin(), {ir::InputKindOf(stored), id, name, true});
  return id;
}

ir::ValueId Sketch::AddUserInput(const std::string& base, const ir::TensorType& type) {
  const ir::ValueId id = AddValue(base, type);
  inputs.push_back(id);
  shell.inputs.push_back({ir::InputSpec::Kind::kUserInput, id, "", true});
  return id;
}

std::vector<SketchUse> Sketch::UsesOf(ir::ValueId id) const {
  std::vector<SketchUse> out;
  const auto look = [&](std::size_t node, std::size_t argument, const ir::ArgumentValue& read) {
    bool reads = false;
    ir::ForEachRead(read, [&](ir::ValueId other) { reads |= other == id; });
    if (reads) out.push_back({node, argument});
  };
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (std::size_t a = 0; a < nodes[n].arguments.size(); ++a) {
      look(n, a, nodes[n].arguments[a].value);
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) look(nodes.size(), i, outputs[i]);
  return out;
}

void Sketch::Redirect(const SketchUse& use, ir::ValueId from, ir::ValueId to) {
  ir::ArgumentValue& read = use.node == nodes.size()
                                ? outputs.at(use.argument)
                                : nodes[use.node].arguments.at(use.argument).value;
  read = ir::Renumbered(std::move(read), [&](ir::ValueId id) { return id == from ? to : id; });
}

std::optional<std::size_t> Sketch::ProducerOf(ir::ValueId id) const {
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (std::ranges::find(nodes[n].outputs, id) != nodes[n].outputs.end()) return n;
  }
  return std::nullopt;
}

std::vector<char> Sketch::Active() const {
  std::vector<char> active(values_.size(), 0);
  for (const ir::InputSpec& spec : shell.inputs) {
    active[spec.value.index] = spec.kind == ir::InputSpec::Kind::kUserInput;
  }
  for (const SketchNode& node : nodes) {
    bool reads = false;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId id) { reads |= active[id.index] != 0; });
    }
    for (const ir::ValueId id : node.outputs) active[id.index] = reads;
  }
  return active;
}

const ir::InputSpec* Sketch::SpecOf(ir::ValueId id) const {
  const auto found = std::ranges::find(shell.inputs, id, &ir::InputSpec::value);
  return found == shell.inputs.end() ? nullptr : &*found;
}

std::vector<std::byte>* Sketch::BytesOf(ir::ValueId id) {
  const ir::InputSpec* spec = SpecOf(id);
  if (spec == nullptr || spec->target.empty()) return nullptr;
  const auto found = shell.constants.find(spec->target);
  if (found == shell.constants.end()) return nullptr;
  const std::uint32_t storage = found->second.storage;
  const auto sharers = std::ranges::count_if(
      shell.constants, [&](const auto& entry) { return entry.second.storage == storage; });
  return sharers == 1 ? &shell.storages.Change(storage) : nullptr;
}

}  // namespace foldproof::fuzz
