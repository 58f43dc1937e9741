// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/kept_model.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace foldproof::pt2 {
namespace {

Json FieldOr(const Json* object, std::string_view field, Json otherwise) {
  if (object == nullptr) return otherwise;
  const Json* found = OptionalField(*object, field);
  return found == nullptr ? std::move(otherwise) : *found;
}

}  // namespace

KeptModel::KeptModel(const Json& model) {
  if (model.is_null()) return;
  model_ = &model;
  module_ = &Field(model, "graph_module");
  graph_ = &Field(*module_, "graph");
  const Declarations declarations(*graph_);
  const Json& signature = Field(*module_, "signature");
  AddInputs(declarations, signature);
  std::size_t index = 0;
  for (const Json& node : AsList(Field(*graph_, "nodes"), "nodes")) {
    DeclaredNode declared = ReadDeclaredNode(node, index++, declarations);
    for (const auto& [name, type] : declared.results) defined_.insert(name);
    std::string name = declared.name;
    nodes_.emplace(std::move(name), KeptNode{&node, std::move(declared)});
  }
  for (const Json& spec : AsList(Field(signature, "output_specs"), "output_specs")) {
    output_specs_.push_back(&spec);
  }
}

void KeptModel::AddInputs(const Declarations& declarations, const Json& signature) {
  const Json& arguments = AsList(Field(*graph_, "inputs"), "inputs");
  const Json& specs = AsList(Field(signature, "input_specs"), "input_specs");
  if (arguments.size() != specs.size()) FailField("input_specs", "are not as many as the inputs");
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    KeptInput input{&arguments[i], &specs[i], ReadInputSpec(specs[i]), std::nullopt};
    if (!input.meaning.fixed) {
      std::vector<Declared> declared;
      declarations.Append(arguments[i], {}, declared);
      if (declared.size() != 1) FailField("inputs", "holds what is no input that is read");
      input.type = std::move(declared.front().second);
      defined_.insert(std::move(declared.front().first));
    }
    if (input.meaning.kind != ir::InputSpec::Kind::kUserInput) {
      targets_.insert(input.meaning.target);
    }
    inputs_.push_back(std::move(input));
  }
}

Json KeptModel::Top(std::string_view field, Json otherwise) const {
  return FieldOr(model_, field, std::move(otherwise));
}

Json KeptModel::Module(std::string_view field, Json otherwise) const {
  return FieldOr(module_, field, std::move(otherwise));
}

Json KeptModel::Graph(std::string_view field, Json otherwise) const {
  return FieldOr(graph_, field, std::move(otherwise));
}

const KeptNode* KeptModel::FindNode(const ir::Node& node) const {
  const auto found = nodes_.find(node.name);
  if (found == nodes_.end() || found->second.declared.target != node.target) return nullptr;
  return &found->second;
}

const Json* KeptModel::FindValue(std::string_view table, std::string_view value) const {
  if (graph_ == nullptr) return nullptr;
  const Json* values = OptionalField(*graph_, table);
  return values == nullptr ? nullptr : OptionalField(*values, value);
}

bool KeptModel::HasUserInputs(const ir::Program& program, bool also_types) const {
  const std::vector<ir::ValueId> now = program.UserInputs();
  std::size_t at = 0;
  for (const KeptInput& input : inputs_) {
    if (input.meaning.fixed || input.meaning.kind != ir::InputSpec::Kind::kUserInput) continue;
    if (at == now.size()) return false;
    const ir::Value& value = program.graph.value(now[at++]);
    if (value.name != input.meaning.name) return false;
    if (also_types && value.type != input.type) return false;
  }
  return graph_ != nullptr && at == now.size();
}

std::size_t KeptModel::user_outputs() const {
  std::size_t count = 0;
  for (const Json* spec : output_specs_) {
    if (ReadOutputSpec(*spec).kind == ir::OutputSpec::Kind::kUserOutput) ++count;
  }
  return count;
}

}  // namespace foldproof::pt2
