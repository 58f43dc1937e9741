// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/graph_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/error.h"
#include "src/pt2/argument_writer.h"
#include "src/pt2/declarations.h"
#include "src/pt2/schema_codes.h"

namespace foldproof::pt2 {
namespace {

using Kind = ValueNames::Kind;

constexpr std::int64_t kPositional = 1;
constexpr std::int64_t kKeyword = 2;

struct SymbolTable {
  const char* name;
  Kind kind;
};
constexpr SymbolTable kSymbolTables[] = {{"sym_int_values", Kind::kSymInt},
                                         {"sym_float_values", Kind::kSymFloat},
                                         {"sym_bool_values", Kind::kSymBool}};

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

// The size that `node` asks for, where it is an aten.sym_size.int of a dimension that there is.
const ir::Dim* SizeAskedFor(const ir::Graph& graph, const ir::Node& node) {
  if (node.target != "aten.sym_size.int") return nullptr;
  const ir::ArgumentValue* self = node.Find("self");
  const ir::ArgumentValue* dim = node.Find("dim");
  const auto* tensor = self == nullptr ? nullptr : std::get_if<ir::ValueId>(self);
  const auto* index = dim == nullptr ? nullptr : std::get_if<std::int64_t>(dim);
  if (tensor == nullptr || index == nullptr || !graph.value(*tensor).type) return nullptr;
  const std::vector<ir::Dim>& dims = graph.value(*tensor).type->dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  const std::int64_t at = *index < 0 ? *index + rank : *index;
  return at >= 0 && at < rank ? &dims[static_cast<std::size_t>(at)] : nullptr;
}

Kind KindOf(const ir::Graph& graph, ir::ValueId id, const ir::Node* producer,
            const KeptModel& kept) {
  const ir::Value& value = graph.value(id);
  if (value.type) return Kind::kTensor;
  for (const SymbolTable& table : kSymbolTables) {
    if (kept.FindValue(table.name, value.name) != nullptr) return table.kind;
  }
  if (producer != nullptr && SizeAskedFor(graph, *producer) != nullptr) return Kind::kSymInt;
  if (producer != nullptr && graph.users(id).empty()) return Kind::kNone;
  throw Error(Error::Code::kOutput, value.name,
              "is no tensor, and nothing tells what it stands for; write the program with what its "
              "archive says of it");
}

class GraphWriter {
 public:
  GraphWriter(const ir::Program& program, const KeptModel& kept, const ValueNames& names)
      : program_(program), graph_(program.graph), kept_(kept), names_(names) {
    for (const ir::InputSpec& spec : program.inputs) {
      if (spec.kind != ir::InputSpec::Kind::kUserInput) constants_.emplace(spec.value, &spec);
    }
  }

  Json Write(const std::vector<WrittenInput>& inputs) const {
    Json out = {{"is_single_tensor_return", kept_.Graph("is_single_tensor_return", false)},
                {"custom_obj_values", kept_.Graph("custom_obj_values", Json::object())}};
    Json& arguments = out["inputs"] = Json::array();
    for (const WrittenInput& input : inputs) {
      arguments.push_back(input.spec == nullptr ? *input.fixed->argument
                                                : WriteArgument(input.spec->value, names_));
    }
    Json& nodes = out["nodes"] = Json::array();
    for (const ir::Node& node : graph_.nodes()) nodes.push_back(Node(node));
    out["outputs"] = Outputs();
    out["tensor_values"] = Tensors();
    for (const SymbolTable& table : kSymbolTables) out[table.name] = Symbols(table);
    return out;
  }

 private:
  Json Node(const ir::Node& node) const {
    const KeptNode* kept = kept_.FindNode(node);
    if (kept != nullptr) {
      Json out = *kept->json;
      out["inputs"] = Arguments(node, &Field(*kept->json, "inputs"));
      if (!MakesTheSame(node, kept->declared)) out["outputs"] = Results(node);
      return out;
    }
    Json out = Member("target", SpelledTarget(node.target));
    out["inputs"] = Arguments(node, nullptr);
    out["outputs"] = Results(node);
    out["metadata"] = Json::object();
    out["is_hop_single_tensor_return"] = nullptr;
    out["name"] = node.name;
    // In torch a node of several results is a value too, beside them.
    if (node.outputs.size() > 1 && names_.Contains(node.name)) out["name"] = nullptr;
    return out;
  }

  Json Arguments(const ir::Node& node, const Json* kept) const {
    Json out = Json::array();
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      const ir::Argument& argument = node.arguments[i];
      const Json* had = kept == nullptr ? nullptr : FindArgument(*kept, argument, i);
      Json written = had != nullptr ? *had : Json::object();  // an older kind says less
      if (had == nullptr) {
        written["name"] = argument.name;
        written["kind"] = argument.keyword ? kKeyword : kPositional;
      }
      const Json* had_value = had == nullptr ? nullptr : &Field(*had, "arg");
      written["arg"] = WriteArgumentAs(had_value, argument.value, names_);
      out.push_back(std::move(written));
    }
    return out;
  }

  // Arguments of higher-order operators have no names: the place counts first.
  static const Json* FindArgument(const Json& kept, const ir::Argument& argument, std::size_t at) {
    const auto is = [&](const Json& candidate) {
      const Json* kind = OptionalField(candidate, "kind");
      const bool keyword = kind != nullptr && AsInteger(*kind, "kind") == kKeyword;
      return TextField(candidate, "name") == argument.name && keyword == argument.keyword;
    };
    if (at < kept.size() && is(kept[at])) return &kept[at];
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

  Json Results(const ir::Node& node) const {
    if (MakesList(node.target)) {
      return Json::array({WriteArgument(node.outputs, names_)});
    }
    Json out = Json::array();
    for (const ir::ValueId id : node.outputs) {
      const bool none = names_.KindOf(id) == Kind::kNone;
      out.push_back(WriteArgument(none ? ir::ArgumentValue(ir::None{}) : id, names_));
    }
    return out;
  }

  Json Outputs() const {
    const Json kept = kept_.Graph("outputs", Json::array());
    Json out = Json::array();
    for (std::size_t i = 0; i < graph_.outputs().size(); ++i) {
      const Json* had = i < kept.size() ? &kept[i] : nullptr;
      out.push_back(WriteArgumentAs(had, graph_.outputs()[i], names_));
    }
    return out;
  }

  // What the archive says of names that are no values of the graph, as far as the program goes.
  Json Foreign(const char* table) const {
    Json out = Json::object();
    const Json kept = kept_.Graph(table, Json::object());
    for (const auto& [name, value] : kept.items()) {
      if (!kept_.Defines(name) && !names_.Contains(name)) out[name] = value;
    }
    return out;
  }

  Json Tensors() const {
    Json out = Foreign("tensor_values");
    for (const ValueNames::Named& named : names_.all()) {
      if (named.kind != Kind::kTensor) continue;
      const ir::Value& value = graph_.value(named.id);
      const Json* had = kept_.FindValue("tensor_values", value.name);
      out[value.name] = Tensor(named.id, value, had);
    }
    return out;
  }

  Json Tensor(ir::ValueId id, const ir::Value& value, const Json* had) const {
    const bool same = had != nullptr && TensorTypeOf(*had) == *value.type;
    const auto constant = constants_.find(id);
    if (constant == constants_.end()) return same ? *had : TensorMetaOf(*value.type, false);
    const ir::Constant& held = program_.constants.at(constant->second->target);
    Json meta = TensorMetaOf(*value.type, held.strides, held.offset, false);
    return same && Field(*had, "strides") == meta["strides"] ? *had : meta;
  }

  Json Symbols(const SymbolTable& table) const {
    Json out = Foreign(table.name);
    for (const ValueNames::Named& named : names_.all()) {
      if (named.kind != table.kind) continue;
      const std::string& name = graph_.value(named.id).name;
      if (const Json* had = kept_.FindValue(table.name, name)) {
        out[name] = *had;
      } else {
        const ir::Dim* size = SizeAskedFor(graph_, *graph_.ProducerOf(named.id));
        FP_CHECK(size != nullptr);
        out[name] = SymIntOf(*size);
      }
    }
    return out;
  }

  const ir::Program& program_;
  const ir::Graph& graph_;
  const KeptModel& kept_;
  const ValueNames& names_;
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

Json WriteGraph(const ir::Program& program, const KeptModel& kept, const ValueNames& names,
                const std::vector<WrittenInput>& inputs) {
  return GraphWriter(program, kept, names).Write(inputs);
}

}  // namespace foldproof::pt2
