// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/graph_reader.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/within.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/schema_codes.h"
#include "src/pt2/signature_reader.h"

namespace foldproof::pt2 {
namespace {

using Declared = std::pair<std::string, std::optional<ir::TensorType>>;

constexpr std::string_view kTargetPrefix = "torch.ops.";
constexpr std::int64_t kKeyword = 2;

// A value's name and type, from an Argument that stands for an input or for a node's result.
class Declarations {
 public:
  explicit Declarations(const Json& graph)
      : tensors_(AsObject(Field(graph, "tensor_values"), "tensor_values")) {}

  Declared Tensor(const Json& tensor) const {
    const std::string& name = TensorName(tensor);
    const auto meta = tensors_.find(name);
    if (meta == tensors_.end())
      FailField("tensor_values", "does not tell the type of '" + name + "'");
    return {name, Within("'" + name + "'", [&] { return TensorTypeOf(*meta); })};
  }

  // Appends what `argument` declares; `unnamed` is the name of a result that is None.
  void Append(const Json& argument, const std::string& unnamed, std::vector<Declared>& out) const {
    const Tagged tagged = AsUnion(argument, "outputs");
    if (tagged.kind == "as_tensor") {
      out.push_back(Tensor(tagged.value));
    } else if (tagged.kind == "as_tensors") {
      for (const Json& tensor : AsList(tagged.value, "as_tensors")) out.push_back(Tensor(tensor));
    } else if (tagged.kind == "as_sym_int" || tagged.kind == "as_sym_float" ||
               tagged.kind == "as_sym_bool") {
      out.emplace_back(TextField(tagged.value, "as_name"), std::nullopt);
    } else if (tagged.kind == "as_optional_tensor" || tagged.kind == "as_optional_tensors") {
      const bool one = tagged.kind == "as_optional_tensor";
      const Json list = one ? Json::array({tagged.value}) : AsList(tagged.value, tagged.kind);
      for (const Json& item : list) Append(item, unnamed + "." + std::to_string(out.size()), out);
    } else if (tagged.kind == "as_none") {
      out.emplace_back(unnamed, std::nullopt);
    } else {
      FailField(tagged.kind, "is no kind of result that is read");
    }
  }

 private:
  const Json& tensors_;
};

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

// Older minor versions of the schema have no names of nodes.
std::string NodeName(const Json& node, const std::vector<Declared>& outputs,
                     const std::string& target, std::size_t index) {
  if (const Json* name = OptionalField(node, "name")) return AsText(*name, "name");
  if (!outputs.empty()) return outputs.front().first;
  return target + "#" + std::to_string(index);
}

void ReadNode(const Json& node, std::size_t index, const Declarations& declarations,
              ir::Graph& graph) {
  std::string target = TextField(node, "target");
  if (target.starts_with(kTargetPrefix)) target.erase(0, kTargetPrefix.size());
  std::vector<Declared> outputs;
  std::string place = "node " + std::to_string(index);
  if (const Json* name = OptionalField(node, "name"); name && name->is_string()) {
    place = name->get_ref<const std::string&>();
  }
  auto arguments = Within(place, [&] {
    for (const Json& output : AsList(Field(node, "outputs"), "outputs")) {
      declarations.Append(output, place + "#" + std::to_string(outputs.size()), outputs);
    }
    return ReadArguments(Field(node, "inputs"), graph);
  });
  std::string name = NodeName(node, outputs, target, index);
  graph.Append(std::move(name), std::move(target), std::move(arguments), std::move(outputs));
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
