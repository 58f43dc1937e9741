// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/kept_model.h"

#include <utility>

namespace foldproof::pt2 {
namespace {

constexpr std::string_view kTables[] = {"tensor_values", "sym_int_values", "sym_float_values",
                                        "sym_bool_values"};

}  // namespace

KeptModel::KeptModel(std::string_view text) {
  if (text.empty()) return;
  model_ = document_.emplace(text).root();
  module_ = Field(model_, "graph_module");
  graph_ = Field(module_, "graph");
  for (const std::string_view table : kTables) {
    if (const auto values = Graph(table)) tables_.emplace(table, AsObject(*values, table));
  }
  const Declarations declarations(graph_);
  const Json signature = Field(module_, "signature");
  AddInputs(declarations, signature);
  std::size_t index = 0;
  for (const Json node : AsList(Field(graph_, "nodes"), "nodes")) {
    DeclaredNode declared = ReadDeclaredNode(node, index++, declarations);
    for (const auto& [name, type] : declared.results) defined_.insert(name);
    std::string name = declared.name;
    nodes_.emplace(std::move(name), KeptNode{node, std::move(declared)});
  }
  output_specs_ = ItemsOf(Field(signature, "output_specs"), "output_specs");
}

void KeptModel::AddInputs(const Declarations& declarations, Json signature) {
  const JsonList arguments = AsList(Field(graph_, "inputs"), "inputs");
  const JsonList specs = AsList(Field(signature, "input_specs"), "input_specs");
  if (arguments.size() != specs.size()) FailField("input_specs", "are not as many as the inputs");
  auto spec = specs.begin();
  for (const Json argument : arguments) {
    KeptInput input{argument, *spec, ReadInputSpec(*spec), std::nullopt};
    ++spec;
    if (!input.meaning.fixed) {
      std::vector<Declared> declared;
      declarations.Append(argument, {}, declared);
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

std::optional<Json> KeptModel::Top(std::string_view field) const {
  return known() ? OptionalField(model_, field) : std::nullopt;
}

std::optional<Json> KeptModel::Module(std::string_view field) const {
  return known() ? OptionalField(module_, field) : std::nullopt;
}

std::optional<Json> KeptModel::Graph(std::string_view field) const {
  return known() ? OptionalField(graph_, field) : std::nullopt;
}

const KeptNode* KeptModel::FindNode(const ir::Node& node) const {
  const auto found = nodes_.find(node.name);
  if (found == nodes_.end() || found->second.declared.target != node.target) return nullptr;
  return &found->second;
}

std::optional<Json> KeptModel::FindValue(std::string_view table, std::string_view value) const {
  const auto values = tables_.find(table);
  if (values == tables_.end()) return std::nullopt;
  const std::optional<Json> found = values->second.Find(value);
  return found && found->is_null() ? std::nullopt : found;
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
  return known() && at == now.size();
}

std::size_t KeptModel::user_outputs() const {
  std::size_t count = 0;
  for (const Json spec : output_specs_) {
    if (ReadOutputSpec(spec).kind == ir::OutputSpec::Kind::kUserOutput) ++count;
  }
  return count;
}

}  // namespace foldproof::pt2
