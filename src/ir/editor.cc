// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/editor.h"

#include <algorithm>

#include "src/base/error.h"
#include "src/ir/functional/reads_written.h"

namespace foldproof::ir {
namespace {

Constant RowMajor(std::string name, TensorType type, std::uint32_t storage) {
  Constant constant;
  constant.name = std::move(name);
  constant.strides.assign(type.rank(), 1);
  for (std::size_t i = type.rank(); i-- > 1;) {
    constant.strides[i - 1] =
        constant.strides[i] * std::max<std::int64_t>(type.dims[i].size, std::int64_t{1});
  }
  constant.type = std::move(type);
  constant.storage = storage;
  return constant;
}

}  // namespace

bool HasEffect(const Node& node) {
  if (node.outputs.empty()) return true;
  const std::string_view target = node.target;
  if (target.starts_with("aten._assert") || target.starts_with("aten.sym_constrain")) return true;
  // "aten.add_.Tensor": a trailing underscore is PyTorch's mark of an operator that writes into its
  // first argument.
  const std::size_t overload = target.rfind('.');
  return overload != std::string_view::npos && overload > 0 && target[overload - 1] == '_';
}

Editor::Editor(Program program) : program_(std::move(program)) {
  for (const Node& node : program_.graph.nodes()) order_.push_back(node.id);
  erased_.assign(order_.size(), 0);
  reads_written_ = FindReadsOfWritten(program_);
}

bool Editor::IsErased(NodeId id) const {
  FP_CHECK(id.index < erased_.size());
  return erased_[id.index] != 0;
}

void Editor::ReplaceUses(ValueId from, ValueId to) {
  Graph& graph = program_.graph;
  const auto map = [&](ValueId id) { return id == from ? to : id; };
  const std::vector<Use> uses = graph.users(from);
  is_edited_ |= !uses.empty();
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const Use& use = uses[i];
    // An argument that reads `from` twice is listed twice and was mapped whole the first time.
    if (std::find(uses.begin(), uses.begin() + static_cast<std::ptrdiff_t>(i), use) !=
        uses.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    if (use.node) {
      const ArgumentValue& value = graph.node(*use.node).arguments[use.argument].value;
      graph.SetArgument(*use.node, use.argument, Renumbered(value, map));
    } else {
      graph.SetOutput(use.argument, Renumbered(graph.outputs()[use.argument], map));
      program_.outputs[use.argument].name = graph.value(to).name;
    }
  }
}

void Editor::SetArgument(NodeId node, std::string_view name, ArgumentValue value) {
  is_edited_ = true;
  Graph& graph = program_.graph;
  std::vector<Argument>& arguments = graph.nodes_[node.index].arguments;
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [&](const Argument& a) { return a.name == name; });
  const auto index = static_cast<std::uint32_t>(found - arguments.begin());
  if (found == arguments.end()) {
    // Behind what was given by position it can stand by position no more.
    arguments.push_back({std::string(name), None{}, true});
  }
  graph.SetArgument(node, index, std::move(value));
}

NodeId Editor::InsertBefore(NodeId place, std::string_view base, std::string target,
                            std::vector<Argument> arguments,
                            std::vector<std::optional<TensorType>> outputs) {
  is_edited_ = true;
  const std::string name = FreeName(base);
  std::vector<std::pair<std::string, std::optional<TensorType>>> declared;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    declared.emplace_back(i == 0 ? name : FreeName(name + "_output_" + std::to_string(i)),
                          std::move(outputs[i]));
  }
  const NodeId id =
      program_.graph.Append(name, std::move(target), std::move(arguments), std::move(declared));
  erased_.push_back(0);
  const auto at = std::find(order_.begin(), order_.end(), place);
  FP_CHECK(at != order_.end());
  order_.insert(at, id);
  return id;
}

void Editor::Erase(NodeId id) {
  const Node& node = program_.graph.node(id);
  for (const ValueId made : node.outputs) FP_CHECK(program_.graph.users(made).empty());
  FP_CHECK(!IsErased(id));
  is_edited_ = true;
  program_.graph.DropReads(id);
  erased_[id.index] = 1;
  std::erase(order_, id);
}

std::size_t Editor::EraseDead() {
  const Graph& graph = program_.graph;
  std::size_t count = 0;
  for (std::size_t i = order_.size(); i-- > 0;) {
    const Node& node = graph.node(order_[i]);
    if (HasEffect(node)) continue;
    const bool read = std::any_of(node.outputs.begin(), node.outputs.end(),
                                  [&](ValueId made) { return !graph.users(made).empty(); });
    if (read) continue;
    Erase(node.id);
    ++count;
  }
  return count;
}

ValueId Editor::AddParameter(NodeId place, std::string_view attribute, std::string_view input,
                             TensorType type, std::span<const std::byte> elements) {
  is_edited_ = true;
  const std::string name = FreeAttribute(attribute);
  program_.constants.emplace(name, RowMajor(name, type, AddStorage(elements)));
  if (program_.form == Program::Form::kGraphModule) {
    const NodeId get =
        InsertBefore(place, name, "get_attr", {{"attribute", name}}, {std::move(type)});
    return graph().node(get).outputs.front();
  }
  const ValueId value = program_.graph.AddInput(FreeName(input), std::move(type));
  program_.inputs.insert(program_.inputs.begin(), {InputSpec::Kind::kParameter, value, name});
  return value;
}

void Editor::SetConstant(ValueId value, TensorType type, std::span<const std::byte> elements) {
  const Constant* old = program_.ConstantOf(value);
  FP_CHECK(old != nullptr);
  is_edited_ = true;
  const std::string name = old->name;
  Constant constant = RowMajor(name, type, AddStorage(elements));
  constant.kind = old->kind;
  constant.persistent = old->persistent;
  program_.constants.at(name) = std::move(constant);
  for (const Value& candidate : graph().values()) {
    const auto index = static_cast<std::uint32_t>(&candidate - graph().values().data());
    const Constant* same = program_.ConstantOf({index});
    if (same != nullptr && same->name == name) program_.graph.values_[index].type = type;
  }
}

Program Editor::Finish() && {
  if (!is_edited_) return std::move(program_);
  Graph& old = program_.graph;
  Graph graph;
  Graph::Numbering renumbered(old);
  for (InputSpec& spec : program_.inputs) {
    spec.value = graph.TakeInput(old, spec.value, renumbered);
  }
  for (const NodeId id : order_) graph.Take(old, id, renumbered);
  graph.SetOutputsAs(old, renumbered);
  program_.graph = std::move(graph);
  return std::move(program_);
}

std::string Editor::FreeName(std::string_view base) const {
  const Graph& graph = program_.graph;
  std::string name(base);
  const auto taken = [&] { return graph.FindValue(name) || graph.FindNode(name); };
  for (int i = 1; taken(); ++i) name = std::string(base) + "_" + std::to_string(i);
  return name;
}

std::string Editor::FreeAttribute(std::string_view base) const {
  std::string name(base);
  for (int i = 1; program_.constants.contains(name); ++i) {
    name = std::string(base) + "_" + std::to_string(i);
  }
  return name;
}

std::uint32_t Editor::AddStorage(std::span<const std::byte> elements) {
  return program_.storages.Add({elements.begin(), elements.end()});
}

}  // namespace foldproof::ir
