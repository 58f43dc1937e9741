// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/printer.h"

#include <charconv>
#include <cmath>
#include <string_view>
#include <type_traits>

#include "src/base/error.h"

namespace foldproof::ir {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "'";
  out += Printable(text);
  return out += '\'';
}

// One item of an argument, whatever its type.
class ItemPrinter {
 public:
  explicit ItemPrinter(const Graph& graph) : graph_(graph) {}

  std::string operator()(None) const { return "None"; }
  std::string operator()(ValueId id) const { return PrintValue(graph_, id); }
  std::string operator()(const std::optional<ValueId>& id) const {
    return id ? (*this)(*id) : "None";
  }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return PrintNumber(number); }
  std::string operator()(bool truth) const { return truth ? "True" : "False"; }
  std::string operator()(const std::string& text) const { return Quoted(text); }
  std::string operator()(ScalarType type) const { return std::string(Name(type)); }
  std::string operator()(const IntOrValue& item) const { return std::visit(*this, item); }

  std::string operator()(const Layout& layout) const {
    return layout.code == 7 ? "strided" : "layout " + std::to_string(layout.code);
  }
  std::string operator()(const MemoryFormat& format) const {
    static constexpr std::string_view kNames[] = {"unknown_format", "contiguous_format",
                                                  "channels_last", "channels_last_3d",
                                                  "preserve_format"};
    const bool known = format.code >= 0 && format.code < std::int64_t{std::size(kNames)};
    return known ? std::string(kNames[static_cast<std::size_t>(format.code)])
                 : "memory_format " + std::to_string(format.code);
  }
  std::string operator()(const Device& device) const {
    std::string name = device.type;
    if (device.index) name.append(":").append(std::to_string(*device.index));
    return "device " + Quoted(name);
  }
  std::string operator()(const Complex& number) const {
    return "complex(" + PrintNumber(number.real) + ", " + PrintNumber(number.imag) + ")";
  }
  std::string operator()(const Unsupported& kept) const {
    return Printable(kept.kind) + " " + Printable(kept.json);
  }

  template <typename Item>
  std::string operator()(const std::vector<Item>& items) const {
    std::string out = "[";
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += ", ";
      out += (*this)(static_cast<const Item&>(items[i]));
    }
    return out += ']';
  }

 private:
  const Graph& graph_;
};

std::string TypeOf(const Value& value) { return value.type ? value.type->ToString() : "symbol"; }

std::string_view SpecKind(const InputSpec& spec) {
  switch (spec.kind) {
    case InputSpec::Kind::kUserInput: return "user input";
    case InputSpec::Kind::kParameter: return "parameter";
    case InputSpec::Kind::kBuffer: return spec.persistent ? "buffer" : "buffer (not persistent)";
    case InputSpec::Kind::kTensorConstant: return "constant";
  }
  FP_CHECK(!"a kind of input");
  return {};
}

std::string_view SpecKind(const OutputSpec& spec) {
  switch (spec.kind) {
    case OutputSpec::Kind::kUserOutput: return "user output";
    case OutputSpec::Kind::kBufferMutation: return "new value of buffer";
    case OutputSpec::Kind::kUserInputMutation: return "new value of input";
    case OutputSpec::Kind::kOther: return "other output";
  }
  FP_CHECK(!"a kind of output");
  return {};
}

std::string PrintInput(const Graph& graph, const InputSpec& spec) {
  const Value& value = graph.value(spec.value);
  std::string out = "  ";
  out += PrintValue(graph, spec.value);
  out += " : ";
  out += TypeOf(value);
  out += "  ";
  out += SpecKind(spec);
  if (!spec.target.empty()) out += " " + Printable(spec.target);
  return out + "\n";
}

// "aten.relu.default" is what everybody calls aten.relu.
std::string PrintTarget(std::string_view target) {
  constexpr std::string_view kDefault = ".default";
  if (target.ends_with(kDefault)) target.remove_suffix(kDefault.size());
  return Printable(target);
}

// Tensors that are given by position stand alone, everything else under its name.
std::string PrintCall(const Graph& graph, const Node& node) {
  std::string out = PrintTarget(node.target) + "(";
  for (std::size_t i = 0; i < node.arguments.size(); ++i) {
    const Argument& argument = node.arguments[i];
    if (i > 0) out += ", ";
    const bool alone = !argument.keyword && std::holds_alternative<ValueId>(argument.value);
    if (!alone && !argument.name.empty()) out += Printable(argument.name) + "=";
    out += PrintArgument(graph, argument.value);
  }
  return out + ")";
}

std::string PrintNode(const Graph& graph, const Node& node) {
  std::string out = "  ";
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (i > 0) out += ", ";
    out += PrintValue(graph, node.outputs[i]);
    out += " : ";
    out += TypeOf(graph.value(node.outputs[i]));
  }
  if (!node.outputs.empty()) out += " = ";
  out += PrintCall(graph, node);
  const bool named = !node.outputs.empty() && graph.value(node.outputs[0]).name == node.name;
  if (!named) out += "  # node " + Printable(node.name);
  return out + "\n";
}

std::string PrintOutput(const Graph& graph, const ArgumentValue& value, const OutputSpec& spec) {
  std::string out = "  ";
  out += PrintArgument(graph, value);
  out += "  ";
  out += SpecKind(spec);
  if (!spec.target.empty()) out += " " + Printable(spec.target);
  const auto* id = std::get_if<ValueId>(&value);
  if (id != nullptr && graph.value(*id).name != spec.name) {
    out += "  # the signature calls it " + Quoted(spec.name);
  }
  return out + "\n";
}

}  // namespace

std::string PrintNumber(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
  std::string out(text, end);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string PrintValue(const Graph& graph, ValueId id) {
  std::string out(1, '%');
  out.append(Printable(graph.value(id).name));
  return out;
}

std::string PrintArgument(const Graph& graph, const ArgumentValue& value) {
  return std::visit(ItemPrinter(graph), value);
}

std::string Print(const Program& program) {
  const Graph& graph = program.graph;
  std::string out =
      program.form == Program::Form::kExportedProgram ? "ExportedProgram\n" : "GraphModule\n";
  out += "inputs:\n";
  for (const InputSpec& spec : program.inputs) out += PrintInput(graph, spec);
  out += "nodes:\n";
  for (const Node& node : graph.nodes()) out += PrintNode(graph, node);
  out += "outputs:\n";
  for (std::size_t i = 0; i < graph.outputs().size() && i < program.outputs.size(); ++i) {
    out += PrintOutput(graph, graph.outputs()[i], program.outputs[i]);
  }
  return out;
}

}  // namespace foldproof::ir
