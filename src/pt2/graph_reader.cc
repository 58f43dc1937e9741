// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/graph_reader.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/within.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/declarations.h"
#include "src/pt2/signature_reader.h"

namespace foldproof::pt2 {
namespace {

constexpr std::int64_t kKeyword = 2;

void ReadInput(const Json& argument, const SignatureInput& spec, const Declarations& declarations,
               ir::Program& program) {
  const Tagged tagged = AsUnion(argument, "inputs");
  if (spec.fixed) {
    if (tagged.kind == "as_tensor")
      FailField(spec.name, "is a tensor that the signature calls fixed");
    return;
  }
  if (tagged.kind != "as_tensor" && tagged.kind != "as_sym_int") {
    FailField("inputs", "holds a " + tagged.kind + ", which is no input that is read");
  }
  std::vector<Declared> declared;
  declarations.Append(argument, {}, declared);
  auto& [name, type] = declared.front();
  if (name != spec.name) {
    FailField("input_specs", "names '" + spec.name + "' where the graph has '" + name + "'");
  }
  if (!type && spec.kind != ir::InputSpec::Kind::kUserInput) {
    FailField(name, "is a constant of the signature and no tensor");
  }
  const ir::ValueId value = program.graph.AddInput(std::move(name), std::move(type));
  program.inputs.push_back({spec.kind, value, spec.target, spec.persistent});
}

void ReadInputs(const Json& graph, const Json& signature, const Declarations& declarations,
                ir::Program& program) {
  const Json& inputs = AsList(Field(graph, "inputs"), "inputs");
  const Json& specs = AsList(Field(signature, "input_specs"), "input_specs");
  if (inputs.size() != specs.size()) {
    FailField("input_specs", "names " + std::to_string(specs.size()) +
                                 " inputs where the graph has " + std::to_string(inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Within("input " + std::to_string(i),
           [&] { ReadInput(inputs[i], ReadInputSpec(specs[i]), declarations, program); });
  }
}

std::vector<ir::Argument> ReadArguments(const Json& inputs, const ir::Graph& graph) {
  std::vector<ir::Argument> arguments;
  for (const Json& input : AsList(inputs, "inputs")) {
    const std::string& name = TextField(input, "name");
    const Json* kind = OptionalField(input, "kind");
    const bool keyword = kind != nullptr && AsInteger(*kind, "kind") == kKeyword;
    arguments.push_back({name, ReadArgument(Field(input, "arg"), graph), keyword});
  }
  return arguments;
}

void ReadNode(const Json& node, std::size_t index, const Declarations& declarations,
              ir::Graph& graph) {
  DeclaredNode declared = ReadDeclaredNode(node, index, declarations);
  auto arguments =
      Within(PlaceOf(node, index), [&] { return ReadArguments(Field(node, "inputs"), graph); });
  graph.Append(std::move(declared.name), std::move(declared.target), std::move(arguments),
               std::move(declared.results));
}

void ReadOutputs(const Json& graph, const Json& signature, ir::Program& program) {
  const Json& outputs = AsList(Field(graph, "outputs"), "outputs");
  const Json& specs = AsList(Field(signature, "output_specs"), "output_specs");
  if (outputs.size() != specs.size()) {
    FailField("output_specs", "names " + std::to_string(specs.size()) +
                                  " outputs where the graph has " + std::to_string(outputs.size()));
  }
  std::vector<ir::ArgumentValue> values;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Within("output " + std::to_string(i), [&] {
      values.push_back(ReadArgument(outputs[i], program.graph));
      program.outputs.push_back(ReadOutputSpec(specs[i]));
    });
  }
  program.graph.SetOutputs(std::move(values));
}

}  // namespace

void ReadGraphModule(const Json& graph_module, ir::Program& program) {
  const Json& graph = Field(graph_module, "graph");
  const Json& signature = Field(graph_module, "signature");
  const Declarations declarations(graph);
  ReadInputs(graph, signature, declarations, program);
  std::size_t index = 0;
  for (const Json& node : AsList(Field(graph, "nodes"), "nodes")) {
    ReadNode(node, index++, declarations, program.graph);
  }
  ReadOutputs(graph, signature, program);
}

}  // namespace foldproof::pt2
