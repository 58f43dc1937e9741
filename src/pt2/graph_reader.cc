// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/graph_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/within.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/call_tree.h"
#include "src/pt2/declarations.h"
#include "src/pt2/edge_arguments.h"
#include "src/pt2/json_text.h"
#include "src/pt2/signature_reader.h"

namespace foldproof::pt2 {
namespace {

void ReadInput(Json argument, const SignatureInput& spec, const Declarations& declarations,
               ir::Program& program) {
  const Tagged tagged = AsUnion(argument, "inputs");
  if (spec.fixed) {
    if (tagged.kind == "as_tensor")
      FailField(spec.name, "is a tensor that the signature calls fixed");
    program.fixed_inputs.push_back(JsonText().Copy(argument).Take());
    return;
  }
  if (tagged.kind != "as_tensor" && tagged.kind != "as_sym_int") {
    FailField("inputs", "holds a " + std::string(tagged.kind) + ", which is no input that is read");
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

void ReadInputs(Json graph, Json signature, const Declarations& declarations,
                ir::Program& program) {
  const JsonList inputs = AsList(Field(graph, "inputs"), "inputs");
  const JsonList specs = AsList(Field(signature, "input_specs"), "input_specs");
  if (inputs.size() != specs.size()) {
    FailField("input_specs", "names " + std::to_string(specs.size()) +
                                 " inputs where the graph has " + std::to_string(inputs.size()));
  }
  auto spec = specs.begin();
  std::size_t index = 0;
  for (const Json input : inputs) {
    Within("input " + std::to_string(index++),
           [&] { ReadInput(input, ReadInputSpec(*spec), declarations, program); });
    ++spec;
  }
}

std::vector<ir::Argument> ReadArguments(Json inputs, const DeclaredNode& declared,
                                        const ir::Graph& graph) {
  std::vector<ir::Argument> arguments;
  std::vector<Given> given;
  for (const Json input : AsList(inputs, "inputs")) {
    std::string name(TextField(input, "name"));
    const Given how = GivenOf(input);
    if (name.empty() && how != Given::kByName && declared.is_edge) {
      name = EdgeArgumentName(declared.target, arguments.size()).value_or("");
    }
    given.push_back(how);
    arguments.push_back(
        {std::move(name), ReadArgument(Field(input, "arg"), graph), how == Given::kByName});
  }
  CheckArgumentOrder(declared.target, arguments, given);
  return arguments;
}

void ReadNode(Json node, std::size_t index, const Declarations& declarations, ir::Graph& graph) {
  DeclaredNode declared = ReadDeclaredNode(node, index, declarations);
  auto arguments = Within(PlaceOf(node, index),
                          [&] { return ReadArguments(Field(node, "inputs"), declared, graph); });
  graph.Append(std::move(declared.name), std::move(declared.target), std::move(arguments),
               std::move(declared.results));
}

void ReadOutputs(Json graph, Json signature, ir::Program& program) {
  const JsonList outputs = AsList(Field(graph, "outputs"), "outputs");
  const JsonList specs = AsList(Field(signature, "output_specs"), "output_specs");
  if (outputs.size() != specs.size()) {
    FailField("output_specs", "names " + std::to_string(specs.size()) +
                                  " outputs where the graph has " + std::to_string(outputs.size()));
  }
  std::vector<ir::ArgumentValue> values;
  auto spec = specs.begin();
  for (const Json output : outputs) {
    Within("output " + std::to_string(values.size()), [&] {
      values.push_back(ReadArgument(output, program.graph));
      program.outputs.push_back(ReadOutputSpec(*spec));
    });
    ++spec;
  }
  program.graph.SetOutputs(std::move(values));
}

}  // namespace

void ReadGraphModule(Json graph_module, ir::Program& program) {
  const Json graph = Field(graph_module, "graph");
  const Json signature = Field(graph_module, "signature");
  const Declarations declarations(graph);
  ReadInputs(graph, signature, declarations, program);
  std::size_t index = 0;
  for (const Json node : AsList(Field(graph, "nodes"), "nodes")) {
    ReadNode(node, index++, declarations, program.graph);
  }
  ReadOutputs(graph, signature, program);
  CallTrees trees = ReadCallTrees(graph_module);
  program.input_tree = std::move(trees.inputs);
  program.output_tree = std::move(trees.outputs);
}

}  // namespace foldproof::pt2
