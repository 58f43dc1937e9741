// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/checker.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/checked.h"
#include "src/base/error.h"

namespace foldproof::ir {
namespace {

// What a constant may have more bytes than its storage.
constexpr std::int64_t kMostExpandedBytes = std::int64_t{64} << 20;

[[noreturn]] void Fail(std::string place, std::string why) {
  throw Error(Error::Code::kInput, std::move(place), std::move(why) + "; export the program again");
}

// (offset + sum of (size - 1) * stride + 1) * width; nullopt where that overflows.
std::optional<std::int64_t> BytesReached(const Constant& constant) {
  std::optional<std::int64_t> last = constant.offset;
  for (std::size_t i = 0; i < constant.strides.size(); ++i) {
    const auto step = CheckedMultiply(constant.type.dims[i].size - 1, constant.strides[i]);
    if (!step) return std::nullopt;
    last = CheckedAdd(*last, *step);
    if (!last) return std::nullopt;
  }
  const auto count = CheckedAdd(*last, 1);
  if (!count) return std::nullopt;
  return CheckedMultiply(*count, static_cast<std::int64_t>(ElementSize(constant.type.dtype)));
}

void CheckNames(const Graph& graph) {
  for (std::uint32_t i = 0; i < graph.values().size(); ++i) {
    const Value& value = graph.values()[i];
    if (value.name.empty()) Fail("graph", "a value has no name");
    if (graph.FindValue(value.name) != ValueId{i}) Fail(value.name, "two values have this name");
  }
  for (const Node& node : graph.nodes()) {
    if (graph.FindNode(node.name) != node.id) Fail(node.name, "two nodes have this name");
  }
}

void CheckInput(const Program& program, const InputSpec& spec) {
  const Value& value = program.graph.value(spec.value);
  if (spec.kind == InputSpec::Kind::kUserInput) return;
  if (program.form == Program::Form::kGraphModule) {
    Fail(value.name, "is a constant among the inputs of a GraphModule");
  }
  const auto constant = program.constants.find(spec.target);
  if (constant == program.constants.end()) {
    Fail(value.name, "stands for '" + spec.target + "', which the program does not have");
  }
  if (!value.type || *value.type != constant->second.type) {
    Fail(value.name, "is declared " + (value.type ? value.type->ToString() : "no tensor") +
                         ", but '" + spec.target + "' is " + constant->second.type.ToString());
  }
}

void CheckInputs(const Program& program) {
  const std::vector<ValueId>& inputs = program.graph.inputs();
  if (program.inputs.size() != inputs.size()) {
    Fail("graph", "has " + std::to_string(inputs.size()) + " inputs, the signature " +
                      std::to_string(program.inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (program.inputs[i].value != inputs[i]) {
      Fail(program.graph.value(inputs[i]).name, "is not the input that the signature has here");
    }
    CheckInput(program, program.inputs[i]);
  }
}

// `id` must be an input, or the result of a node before `node`.
void CheckMade(const Graph& graph, ValueId id, const std::string& reader, std::size_t node) {
  if (id.index >= graph.values().size()) Fail(reader, "reads a value that does not exist");
  const auto& producer = graph.value(id).producer;
  if (producer && producer->index >= node) {
    Fail(reader, "reads '" + graph.value(id).name + "' before it is made");
  }
}

void CheckGetAttr(const Program& program, const Node& node) {
  const auto* get = std::get_if<GetAttr>(&node.op);
  if (get == nullptr) return;
  if (program.form == Program::Form::kExportedProgram) {
    Fail(node.name, "is a get_attr in an ExportedProgram, whose constants are inputs");
  }
  const auto constant = program.constants.find(get->attribute);
  if (constant == program.constants.end()) {
    Fail(node.name, "gets '" + get->attribute + "', which the program does not have");
  }
  if (node.outputs.size() != 1) Fail(node.name, "must make one value");
  const Value& value = program.graph.value(node.outputs.front());
  if (!value.type || *value.type != constant->second.type) {
    Fail(node.name, "is not declared " + constant->second.type.ToString() + ", as '" +
                        get->attribute + "' is");
  }
}

void CheckNode(const Program& program, std::size_t index) {
  const Graph& graph = program.graph;
  const Node& node = graph.nodes()[index];
  if (node.id.index != index) Fail(node.name, "is not where its id says");
  for (const Argument& argument : node.arguments) {
    ForEachRead(argument.value, [&](ValueId id) { CheckMade(graph, id, node.name, index); });
  }
  for (std::uint32_t i = 0; i < node.outputs.size(); ++i) {
    const Value& made = graph.value(node.outputs[i]);
    if (made.producer != node.id || made.output != i) {
      Fail(node.name, "is not the node that makes '" + made.name + "'");
    }
  }
  CheckGetAttr(program, node);
  CheckShapes(graph, node);
}

// The users of each value, collected anew.
void CheckUsers(const Graph& graph) {
  std::vector<std::vector<Use>> users(graph.values().size());
  for (const Node& node : graph.nodes()) {
    for (std::uint32_t i = 0; i < node.arguments.size(); ++i) {
      ForEachRead(node.arguments[i].value, [&](ValueId id) {
        users[id.index].push_back({node.id, i});
      });
    }
  }
  for (std::uint32_t i = 0; i < graph.outputs().size(); ++i) {
    ForEachRead(graph.outputs()[i], [&](ValueId id) {
      users[id.index].push_back({std::nullopt, i});
    });
  }
  for (std::uint32_t i = 0; i < users.size(); ++i) {
    if (users[i] != graph.users(ValueId{i})) {
      Fail(graph.value(ValueId{i}).name, "has other readers than its list of users says");
    }
  }
}

std::set<std::string_view> UserInputNames(const Program& program) {
  std::set<std::string_view> names;
  for (const ValueId id : program.UserInputs()) names.insert(program.graph.value(id).name);
  return names;
}

void CheckOutputs(const Program& program) {
  const Graph& graph = program.graph;
  if (program.outputs.size() != graph.outputs().size()) {
    Fail("graph", "has " + std::to_string(graph.outputs().size()) + " outputs, the signature " +
                      std::to_string(program.outputs.size()));
  }
  const std::set<std::string_view> user_inputs = UserInputNames(program);
  for (std::size_t i = 0; i < program.outputs.size(); ++i) {
    const OutputSpec& spec = program.outputs[i];
    const std::string place = "output " + std::to_string(i);
    ForEachRead(graph.outputs()[i],
                [&](ValueId id) { CheckMade(graph, id, place, graph.nodes().size()); });
    if (spec.kind == OutputSpec::Kind::kBufferMutation &&
        !program.constants.contains(spec.target)) {
      Fail(place, "writes the buffer '" + spec.target + "', which the program does not have");
    }
    if (spec.kind == OutputSpec::Kind::kUserInputMutation && !user_inputs.contains(spec.target)) {
      Fail(place, "writes the input '" + spec.target + "', which the program does not have");
    }
  }
}

void CheckConstants(const Program& program) {
  for (const auto& [name, constant] : program.constants) {
    if (constant.name != name) Fail(name, "is listed under another name than its own");
    if (constant.storage >= program.storages.size()) Fail(name, "has no storage");
    CheckConstant(constant, program.storages[constant.storage].size());
  }
}

}  // namespace

void CheckConstant(const Constant& constant, std::size_t storage_bytes) {
  const std::string& name = constant.name;
  const auto count = constant.type.is_static() ? constant.type.element_count() : std::nullopt;
  if (!count) Fail(name, "has no static shape of at most 2^48 elements");
  if (constant.strides.size() != constant.type.rank()) {
    Fail(name, "has not one stride for each dimension");
  }
  if (constant.offset < 0) Fail(name, "starts before its storage");
  for (const std::int64_t stride : constant.strides) {
    if (stride < 0) Fail(name, "has a negative stride");
  }
  if (*count == 0) return;
  const auto has = static_cast<std::int64_t>(storage_bytes);
  const auto reached = BytesReached(constant);
  if (!reached || *reached > has) {
    Fail(name,
         constant.type.ToString() + " reaches beyond its " + std::to_string(has) + " stored bytes");
  }
  const auto width = static_cast<std::int64_t>(ElementSize(constant.type.dtype));
  if (*count > (has + kMostExpandedBytes) / width) {
    Fail(name, constant.type.ToString() + " repeats its " + std::to_string(has) +
                   " stored bytes more often than is read");
  }
}

void CheckProgram(const Program& program) {
  CheckNames(program.graph);
  CheckConstants(program);
  CheckInputs(program);
  for (std::size_t i = 0; i < program.graph.nodes().size(); ++i) CheckNode(program, i);
  CheckOutputs(program);
  CheckUsers(program.graph);
}

}  // namespace foldproof::ir
