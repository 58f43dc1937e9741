// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/lift.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/base/error.h"

namespace foldproof::ir {
namespace {

// What Lift makes an input of.
struct Lifted {
  const Constant* constant;
  std::string name;
  std::vector<ValueId> values;  // the get_attr results that name it
};

std::vector<Lifted> ConstantsInOrder(const Program& program) {
  std::vector<Lifted> lifted;
  std::map<std::string, std::size_t> at;
  for (const Node& node : program.graph.nodes()) {
    const auto* get = std::get_if<GetAttr>(&node.op);
    if (get == nullptr) continue;
    const auto [found, added] = at.emplace(get->attribute, lifted.size());
    if (added) {
      lifted.push_back({&program.constants.at(get->attribute),
                        program.graph.value(node.outputs.front()).name,
                        {}});
    }
    lifted[found->second].values.push_back(node.outputs.front());
  }
  for (const auto& [name, constant] : program.constants) {
    if (!at.contains(name)) lifted.push_back({&constant, InputNameOf(constant), {}});
  }
  std::stable_sort(lifted.begin(), lifted.end(), [](const Lifted& a, const Lifted& b) {
    return InputKindOf(*a.constant) < InputKindOf(*b.constant);
  });
  return lifted;
}

}  // namespace

InputSpec::Kind InputKindOf(const Constant& constant) {
  switch (constant.kind) {
    case Constant::Kind::kParameter: return InputSpec::Kind::kParameter;
    case Constant::Kind::kBuffer: return InputSpec::Kind::kBuffer;
    case Constant::Kind::kTensorConstant: return InputSpec::Kind::kTensorConstant;
  }
  FP_CHECK(!"a kind of constant");
  return {};
}

std::string InputNameOf(const Constant& constant) {
  std::string name = constant.kind == Constant::Kind::kParameter ? "p_"
                     : constant.kind == Constant::Kind::kBuffer  ? "b_"
                                                                 : "c_";
  for (const char c : constant.name) name += c == '.' ? '_' : c;
  return name;
}

Program Unlift(Program program) {
  FP_CHECK(program.form == Program::Form::kExportedProgram);
  Graph graph;
  Graph::Numbering renumbered(program.graph);
  std::vector<InputSpec> user_inputs;
  for (InputSpec spec : program.inputs) {
    if (spec.kind != InputSpec::Kind::kUserInput) continue;
    spec.value = graph.TakeInput(program.graph, spec.value, renumbered);
    user_inputs.push_back(std::move(spec));
  }
  for (const InputSpec& spec : program.inputs) {
    if (spec.kind == InputSpec::Kind::kUserInput) continue;
    const Value& value = program.graph.value(spec.value);
    const NodeId get = graph.Append(value.name, "get_attr", {{"attribute", spec.target}},
                                    {{value.name, value.type}});
    renumbered.Set(spec.value, graph.node(get).outputs.front());
  }
  for (const Node& node : program.graph.nodes()) graph.Take(program.graph, node.id, renumbered);
  graph.SetOutputsAs(program.graph, renumbered);
  program.form = Program::Form::kGraphModule;
  program.graph = std::move(graph);
  program.inputs = std::move(user_inputs);
  return program;
}

Program Lift(Program program) {
  FP_CHECK(program.form == Program::Form::kGraphModule);
  Graph graph;
  Graph::Numbering renumbered(program.graph);
  std::vector<InputSpec> inputs;
  for (const Lifted& lifted : ConstantsInOrder(program)) {
    std::string name = lifted.name;
    for (int i = 1;
         graph.FindValue(name) || (lifted.values.empty() && program.graph.FindValue(name)); ++i) {
      name = lifted.name + "_" + std::to_string(i);
    }
    const ValueId value = graph.AddInput(std::move(name), lifted.constant->type);
    for (const ValueId read : lifted.values) renumbered.Set(read, value);
    inputs.push_back(
        {InputKindOf(*lifted.constant), value, lifted.constant->name, lifted.constant->persistent});
  }
  for (InputSpec spec : program.inputs) {
    spec.value = graph.TakeInput(program.graph, spec.value, renumbered);
    inputs.push_back(std::move(spec));
  }
  for (const Node& node : program.graph.nodes()) {
    if (!std::holds_alternative<GetAttr>(node.op)) {
      graph.Take(program.graph, node.id, renumbered);
    }
  }
  graph.SetOutputsAs(program.graph, renumbered);
  program.form = Program::Form::kExportedProgram;
  program.graph = std::move(graph);
  program.inputs = std::move(inputs);
  return program;
}

}  // namespace foldproof::ir
