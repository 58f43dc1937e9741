// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/graph_writer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/ir/made_shape.h"
#include "src/pt2/argument_reader.h"
#include "src/pt2/argument_writer.h"
#include "src/pt2/declarations.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using ValueKind = ValueNames::Kind;

struct SymbolTable {
  const char* name;
  ValueKind kind;
};
constexpr SymbolTable kSymbolTables[] = {{"sym_bool_values", ValueKind::kSymBool},
                                         {"sym_float_values", ValueKind::kSymFloat},
                                         {"sym_int_values", ValueKind::kSymInt}};

// Operators of one result that is a list of tensors, which has a form of its own.
constexpr std::string_view kListResults[] = {
    "aten.broadcast_tensors",
    "aten.chunk",
    "aten.dsplit",
    "aten.hsplit",
    "aten.meshgrid",
    "aten.split",
    "aten.split_with_sizes",
    "aten.tensor_split",
    "aten.unbind",
    "aten.unsafe_chunk",
    "aten.unsafe_split",
    "aten.unsafe_split_with_sizes",
    "aten.vsplit",
};

bool MakesList(std::string_view target) {
  const std::string_view name = target.substr(0, target.rfind('.'));
  return std::find(std::begin(kListResults), std::end(kListResults), name) !=
         std::end(kListResults);
}

ValueKind KindOf(const ir::Graph& graph, ir::ValueId id, const ir::Node* producer,
                 const KeptModel& kept) {
  const ir::Value& value = graph.value(id);
  if (value.type) return ValueKind::kTensor;
  for (const SymbolTable& table : kSymbolTables) {
    if (kept.FindValue(table.name, value.name)) return table.kind;
  }
  if (producer != nullptr && ir::SizeAskedFor(graph, *producer) != nullptr)
    return ValueKind::kSymInt;
  if (producer != nullptr && graph.users(id).empty()) return ValueKind::kNone;
  throw Error(Error::Code::kOutput, value.name,
              "is no tensor, and nothing tells what it stands for; write the program with what its "
              "archive says of it");
}

class GraphWriter {
 public:
  GraphWriter(const ModelParts& model, JsonText& out)
      : model_(model),
        graph_(model.program.graph),
        kept_(model.kept),
        names_(model.names),
        out_(out) {
    for (const ir::InputSpec& spec : model.program.inputs) {
      if (spec.kind != ir::InputSpec::Kind::kUserInput) constants_.emplace(spec.value, &spec);
    }
  }

  void Write() const {
    out_.BeginObject();
    out_.Member("custom_obj_values", kept_.Graph("custom_obj_values"), "{}");
    out_.Key("inputs").BeginList();
    for (const WrittenInput& input : model_.inputs) {
      if (input.spec == nullptr) {
        out_.Copy(input.fixed->argument);
      } else {
        WriteArgument(input.spec->value, names_, out_);
      }
    }
    out_.EndList();
    out_.Member("is_single_tensor_return", kept_.Graph("is_single_tensor_return"), "false");
    out_.Key("nodes").BeginList();
    for (const ir::Node& node : graph_.nodes()) Node(node);
    out_.EndList().Key("outputs").BeginList();
    for (const std::string& output : model_.outputs) out_.Raw(output);
    out_.EndList();
    for (const SymbolTable& table : kSymbolTables) Symbols(table);
    Tensors();
    out_.EndObject();
  }

 private:
  void Node(const ir::Node& node) const {
    if (const KeptNode* kept = kept_.FindNode(node)) return NodeAs(*kept, node);
    out_.BeginObject().Key("inputs");
    Arguments(node, {});
    out_.Key("is_hop_single_tensor_return").Null().Key("metadata").BeginObject().EndObject();
    out_.Key("name");
    // In torch a node of several results is a value too, beside them.
    if (node.outputs.size() > 1 && names_.Contains(node.name)) {
      out_.Null();
    } else {
      out_.String(node.name);
    }
    out_.Key("outputs");
    Results(node);
    out_.Key("target").String(SpelledTarget(node.target)).EndObject();
  }

  void NodeAs(const KeptNode& kept, const ir::Node& node) const {
    const bool same = MakesTheSame(node, kept.declared);
    out_.CopyObject(AsObject(kept.json, "nodes"), [&](std::string_view key) {
      if (key == "inputs") {
        Arguments(node, ItemsOf(Field(kept.json, "inputs"), "inputs"));
        return true;
      }
      if (key == "outputs" && !same) {
        Results(node);
        return true;
      }
      return false;
    });
  }

  // `kept` are those that the archive had.
  void Arguments(const ir::Node& node, const std::vector<Json>& kept) const {
    out_.BeginList();
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      const ir::Argument& argument = node.arguments[i];
      if (const Json* had = FindArgument(kept, argument, i)) {
        out_.CopyObject(AsObject(*had, "inputs"), [&](std::string_view key) {
          if (key != "arg") return false;
          WriteArgumentAs(Field(*had, "arg"), argument.value, names_, out_);
          return true;
        });
        continue;
      }
      out_.BeginObject().Key("arg");
      WriteArgument(argument.value, names_, out_);
      out_.Key("kind").Integer(argument.keyword ? kKeyword : kPositional);
      out_.Key("name").String(argument.name).EndObject();
    }
    out_.EndList();
  }

  // Arguments of higher-order operators and of the edge dialect have no names: the place counts
  // first.
  static const Json* FindArgument(const std::vector<Json>& kept, const ir::Argument& argument,
                                  std::size_t at) {
    const auto is = [&](Json candidate) {
      return TextField(candidate, "name") == argument.name &&
             (GivenOf(candidate) == Given::kByName) == argument.keyword;
    };
    if (at < kept.size() && is(kept[at])) return &kept[at];
    if (at < kept.size() && TextField(kept[at], "name").empty() && !argument.keyword &&
        GivenOf(kept[at]) != Given::kByName) {
      return &kept[at];
    }
    const auto found = std::find_if(kept.begin(), kept.end(), is);
    return found == kept.end() ? nullptr : &*found;
  }

  bool MakesTheSame(const ir::Node& node, const DeclaredNode& kept) const {
    if (node.outputs.size() != kept.results.size()) return false;
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      const ir::Value& value = graph_.value(node.outputs[i]);
      const auto& [name, type] = kept.results[i];
      if (value.name != name || value.type.has_value() != type.has_value()) return false;
    }
    return true;
  }

  void Results(const ir::Node& node) const {
    out_.BeginList();
    if (MakesList(node.target)) {
      WriteArgument(node.outputs, names_, out_);
    } else {
      for (const ir::ValueId id : node.outputs) {
        const bool none = names_.KindOf(id) == ValueKind::kNone;
        WriteArgument(none ? ir::ArgumentValue(ir::None{}) : id, names_, out_);
      }
    }
    out_.EndList();
  }

  // What the archive says of names that are no values of the graph, as far as the program goes.
  void Foreign(std::string_view table) const {
    const std::optional<Json> kept = kept_.Graph(table);
    if (!kept) return;
    for (const auto& [name, value] : AsObject(*kept, table)) {
      if (!kept_.Defines(name) && !names_.Contains(name)) out_.Key(name).Copy(value);
    }
  }

  // By name, so that the order in which a program was made does not matter.
  std::vector<ir::ValueId> ValuesOf(ValueKind kind) const {
    std::vector<ir::ValueId> out;
    for (const ValueNames::Named& named : names_.all()) {
      if (named.kind == kind) out.push_back(named.id);
    }
    std::ranges::sort(out, {}, [&](ir::ValueId id) -> const std::string& { return names_.Of(id); });
    return out;
  }

  void Tensors() const {
    out_.Key("tensor_values").BeginObject();
    Foreign("tensor_values");
    for (const ir::ValueId id : ValuesOf(ValueKind::kTensor)) Tensor(id);
    out_.EndObject();
  }

  void Tensor(ir::ValueId id) const {
    const ir::Value& value = graph_.value(id);
    const std::optional<Json> had = kept_.FindValue("tensor_values", value.name);
    const bool same = had && TensorTypeOf(*had) == *value.type;
    const auto constant = constants_.find(id);
    out_.Key(value.name);
    if (constant == constants_.end()) {
      same ? void(out_.Copy(*had)) : WriteTensorMeta(*value.type, out_);
      return;
    }
    const ir::Constant& held = model_.program.constants.at(constant->second->target);
    if (same && HasStrides(*had, held.strides)) {
      out_.Copy(*had);
    } else {
      WriteTensorMeta(*value.type, {held.strides, held.offset}, out_);
    }
  }

  static bool HasStrides(Json meta, const std::vector<std::int64_t>& strides) {
    JsonText wanted;
    WriteStrides(strides, wanted);
    return JsonText().Copy(Field(meta, "strides")).text() == wanted.text();
  }

  void Symbols(const SymbolTable& table) const {
    out_.Key(table.name).BeginObject();
    Foreign(table.name);
    for (const ir::ValueId id : ValuesOf(table.kind)) {
      const std::string& name = names_.Of(id);
      out_.Key(name);
      if (const auto had = kept_.FindValue(table.name, name)) {
        out_.Copy(*had);
      } else {
        const ir::Dim* size = ir::SizeAskedFor(graph_, *graph_.ProducerOf(id));
        FP_CHECK(size != nullptr);
        WriteSymInt(*size, out_);
      }
    }
    out_.EndObject();
  }

  const ModelParts& model_;
  const ir::Graph& graph_;
  const KeptModel& kept_;
  const ValueNames& names_;
  JsonText& out_;
  std::map<ir::ValueId, const ir::InputSpec*> constants_;
};

}  // namespace

ValueNames NameValues(const ir::Program& program, const KeptModel& kept) {
  const ir::Graph& graph = program.graph;
  ValueNames names(graph);
  for (const ir::ValueId id : graph.inputs()) names.Add(id, KindOf(graph, id, nullptr, kept));
  for (const ir::Node& node : graph.nodes()) {
    for (const ir::ValueId id : node.outputs) names.Add(id, KindOf(graph, id, &node, kept));
  }
  return names;
}

std::vector<std::string> WriteOutputs(const ir::Graph& graph, const KeptModel& kept,
                                      const ValueNames& names) {
  std::vector<Json> had;
  if (const auto outputs = kept.Graph("outputs")) had = ItemsOf(*outputs, "outputs");
  std::vector<std::string> out;
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    JsonText text;
    WriteArgumentAs(i < had.size() ? std::optional(had[i]) : std::nullopt, graph.outputs()[i],
                    names, text);
    out.push_back(text.Take());
  }
  return out;
}

void WriteGraph(const ModelParts& model, JsonText& out) { GraphWriter(model, out).Write(); }

}  // namespace foldproof::pt2
