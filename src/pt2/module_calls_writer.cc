// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/module_calls_writer.h"

#include <string>
#include <utility>

#include "src/pt2/argument_writer.h"

namespace foldproof::pt2 {
namespace {

// Structures of Python values as PyTorch's pytree spells them: JSON, [version, tree], in a string.
constexpr char kLeaf[] = R"({"children_spec":[],"context":null,"type":null})";
constexpr char kNoKeywords[] = R"({"children_spec":[],"context":"[]","type":"builtins.dict"})";

template <typename WriteChildren>
void WriteTuple(JsonText& out, WriteChildren&& write_children) {
  out.BeginObject().Key("children_spec").BeginList();
  write_children();
  out.EndList().Key("context").String("null").Key("type").String("builtins.tuple").EndObject();
}

void WriteLeaves(std::size_t count, JsonText& out) {
  WriteTuple(out, [&] {
    for (std::size_t i = 0; i < count; ++i) out.Raw(kLeaf);
  });
}

// The positional arguments and the (no) keyword arguments of a call.
std::string CallOf(std::size_t inputs) {
  JsonText out;
  out.BeginList().Integer(1);
  WriteTuple(out, [&] {
    WriteLeaves(inputs, out);
    out.Raw(kNoKeywords);
  });
  return out.EndList().Take();
}

std::string ReturnOf(std::size_t outputs) {
  JsonText out;
  out.BeginList().Integer(1);
  outputs == 1 ? void(out.Raw(kLeaf)) : WriteLeaves(outputs, out);
  return out.EndList().Take();
}

// The call of the whole program; `had` is what the archive said of it.
class TopCall {
 public:
  TopCall(const ModelParts& model, std::optional<Json> had, JsonText& out)
      : model_(model), had_(had), out_(out) {
    for (std::size_t i = 0; i < model.program.outputs.size(); ++i) {
      const bool returned = model.program.outputs[i].kind == ir::OutputSpec::Kind::kUserOutput;
      if (returned) outputs_.push_back(model.outputs[i]);
    }
  }

  void Write() const {
    const bool same_inputs = had_ && model_.kept.HasUserInputs(model_.program, false);
    const bool same_outputs = had_ && model_.kept.user_outputs() == outputs_.size();
    const std::vector<ir::ValueId> inputs = model_.program.UserInputs();
    out_.BeginObject();
    if (!same_inputs) {
      out_.Key("forward_arg_names").BeginList();
      for (const ir::ValueId id : inputs) out_.String(model_.names.Of(id));
      out_.EndList();
    } else if (const auto names = Find(*had_, "forward_arg_names")) {
      out_.Key("forward_arg_names").Copy(*names);
    }
    out_.Key("in_spec");
    same_inputs ? out_.Copy(Field(*had_, "in_spec")) : out_.String(CallOf(inputs.size()));
    out_.Key("inputs").BeginList();
    if (Lists("inputs")) Inputs();
    out_.EndList().Key("out_spec");
    same_outputs ? out_.Copy(Field(*had_, "out_spec")) : out_.String(ReturnOf(outputs_.size()));
    out_.Key("outputs").BeginList();
    if (Lists("outputs")) {
      for (const std::string& output : outputs_) out_.Raw(output);
    }
    out_.EndList().EndObject();
  }

 private:
  // Empty lists stay empty: torch writes them so.
  bool Lists(std::string_view field) const {
    const std::optional<Json> list = had_ ? OptionalField(*had_, field) : std::nullopt;
    return list && AsList(*list, field).size() > 0;
  }

  void Inputs() const {
    for (const WrittenInput& input : model_.inputs) {
      if (input.spec == nullptr) {
        const Tagged fixed = AsUnion(input.fixed->spec, "input_specs");
        if (fixed.kind == "user_input") out_.Copy(Field(fixed.value, "arg"));
      } else if (input.spec->kind == ir::InputSpec::Kind::kUserInput) {
        WriteArgument(input.spec->value, model_.names, out_);
      }
    }
  }

  const ModelParts& model_;
  std::optional<Json> had_;
  JsonText& out_;
  std::vector<std::string> outputs_;
};

bool HoldsStill(Json signature, const ValueNames& names) {
  for (const char* list : {"inputs", "outputs"}) {
    for (const Json argument : AsList(Field(signature, list), list)) {
      if (!NamesAreThere(argument, names)) return false;
    }
  }
  return true;
}

void WriteTopCall(const ModelParts& model, Json entry, JsonText& out) {
  const TopCall call(model, OptionalField(entry, "signature"), out);
  out.BeginObject();
  for (const auto& [key, value] : AsObject(entry, "module_call_graph")) {
    if (key != "signature") out.Key(key).Copy(value);
  }
  out.Key("signature");
  call.Write();
  out.EndObject();
}

void WriteModuleCall(Json entry, const ValueNames& names, JsonText& out) {
  const std::optional<Json> signature = OptionalField(entry, "signature");
  const bool stale = signature && !HoldsStill(*signature, names);
  out.CopyObject(AsObject(entry, "module_call_graph"), [&](std::string_view key) {
    const bool drop = stale && key == "signature";
    if (drop) out.Null();
    return drop;
  });
}

}  // namespace

void WriteModuleCalls(const ModelParts& model, JsonText& out) {
  std::vector<Json> entries;
  if (const auto kept = model.kept.Module("module_call_graph")) {
    entries = ItemsOf(*kept, "module_call_graph");
  }
  out.BeginList();
  auto next = entries.begin();
  if (next != entries.end() && TextField(*next, "fqn").empty()) {
    WriteTopCall(model, *next++, out);
  } else {
    out.BeginObject().Key("fqn").String("").Key("signature");
    TopCall(model, std::nullopt, out).Write();
    out.EndObject();
  }
  for (; next != entries.end(); ++next) WriteModuleCall(*next, model.names, out);
  out.EndList();
}

}  // namespace foldproof::pt2
