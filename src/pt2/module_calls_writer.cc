// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/module_calls_writer.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/pt2/argument_writer.h"

namespace foldproof::pt2 {
namespace {

// Structures of Python values as PyTorch's pytree spells them: [version, tree].
Json Leaf() { return {{"type", nullptr}, {"context", nullptr}, {"children_spec", Json::array()}}; }
Json Tuple(Json children) {
  return {{"type", "builtins.tuple"}, {"context", "null"}, {"children_spec", std::move(children)}};
}
Json Leaves(std::size_t count) { return Json(count, Leaf()); }
std::string Spelled(const Json& tree) { return Json::array({1, tree}).dump(); }

// The positional arguments and the (no) keyword arguments of a call.
std::string CallOf(std::size_t inputs) {
  const Json keywords = {
      {"type", "builtins.dict"}, {"context", "[]"}, {"children_spec", Json::array()}};
  return Spelled(Tuple(Json::array({Tuple(Leaves(inputs)), keywords})));
}

std::string ReturnOf(std::size_t outputs) {
  return Spelled(outputs == 1 ? Leaf() : Tuple(Leaves(outputs)));
}

// The Arguments of the specs of one kind.
Json ArgumentsOf(const Json& specs, const char* kind) {
  Json out = Json::array();
  for (const Json& spec : specs) {
    if (spec.contains(kind)) out.push_back(spec[kind]["arg"]);
  }
  return out;
}

// What the top-level call has as `field`, empty lists staying empty: torch writes them so.
Json Renewed(const Json& had, const char* field, Json now) {
  const Json* list = had.is_null() ? nullptr : OptionalField(had, field);
  if (list == nullptr || list->empty()) return Json::array();
  return now;
}

Json TopCall(const ir::Program& program, const KeptModel& kept, const Json& had,
             const Json& signature) {
  const Json outputs = ArgumentsOf(signature["output_specs"], "user_output");
  Json names = Json::array();
  for (const ir::ValueId id : program.UserInputs()) names.push_back(program.graph.value(id).name);
  Json out = {{"forward_arg_names", names},
              {"in_spec", CallOf(names.size())},
              {"out_spec", ReturnOf(outputs.size())}};
  if (!had.is_null() && kept.HasUserInputs(program, false)) {
    out["in_spec"] = Field(had, "in_spec");
    if (had.contains("forward_arg_names")) {
      out["forward_arg_names"] = had["forward_arg_names"];
    } else {
      out.erase("forward_arg_names");
    }
  }
  if (!had.is_null() && kept.user_outputs() == outputs.size()) {
    out["out_spec"] = Field(had, "out_spec");
  }
  out["inputs"] = Renewed(had, "inputs", ArgumentsOf(signature["input_specs"], "user_input"));
  out["outputs"] = Renewed(had, "outputs", outputs);
  return out;
}

bool HoldsStill(const Json& signature, const ValueNames& names) {
  for (const char* list : {"inputs", "outputs"}) {
    for (const Json& argument : AsList(Field(signature, list), list)) {
      if (!NamesAreThere(argument, names)) return false;
    }
  }
  return true;
}

}  // namespace

Json WriteModuleCalls(const ir::Program& program, const KeptModel& kept, const ValueNames& names,
                      const Json& signature) {
  Json out = Json::array();
  const Json entries = kept.Module("module_call_graph", Json::array());
  for (const Json& entry : AsList(entries, "module_call_graph")) {
    Json written = entry;
    const Json* had = OptionalField(entry, "signature");
    if (out.empty() && TextField(entry, "fqn").empty()) {
      written["signature"] = TopCall(program, kept, had == nullptr ? Json() : *had, signature);
    } else if (had != nullptr && !HoldsStill(*had, names)) {
      written["signature"] = nullptr;
    }
    out.push_back(std::move(written));
  }
  if (out.empty() || !TextField(out.front(), "fqn").empty()) {
    out.insert(out.begin(),
               Json{{"fqn", ""}, {"signature", TopCall(program, kept, Json(), signature)}});
  }
  return out;
}

}  // namespace foldproof::pt2
