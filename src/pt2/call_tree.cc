// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/call_tree.h"

#include <vector>

namespace foldproof::pt2 {
namespace {

constexpr int kDeepest = 64;

void Write(Json tree, int depth, std::string& out) {
  if (depth > kDeepest)
    FailField("children_spec", "is nested too deeply; export the program again");
  const std::optional<Json> type = OptionalField(tree, "type");
  if (!type) {
    out += "*";
    return;
  }
  out += AsText(*type, "type");
  const std::optional<Json> context = OptionalField(tree, "context");
  out += "(" + (context ? std::string(AsText(*context, "context")) : std::string()) + ")[";
  bool first = true;
  for (const Json child : AsList(Field(tree, "children_spec"), "children_spec")) {
    if (!first) out += ",";
    first = false;
    Write(child, depth + 1, out);
  }
  out += "]";
}

// `text` is JSON in a string: [version, tree].
std::string TreeOf(Json signature, std::string_view field) {
  const std::optional<Json> text = OptionalField(signature, field);
  if (!text || AsText(*text, field).empty()) return {};
  const std::string spec(AsText(*text, field));
  const JsonDocument document(spec);
  const std::vector<Json> parts = ItemsOf(document.root(), field);
  if (parts.size() != 2) FailField(field, "is no [version, tree]; export the program again");
  std::string out;
  Write(parts[1], 0, out);
  return out;
}

}  // namespace

CallTrees ReadCallTrees(Json graph_module) {
  const std::optional<Json> calls = OptionalField(graph_module, "module_call_graph");
  if (!calls) return {};
  for (const Json call : AsList(*calls, "module_call_graph")) {
    if (!TextField(call, "fqn").empty()) continue;
    const std::optional<Json> signature = OptionalField(call, "signature");
    if (!signature) return {};
    return {TreeOf(*signature, "in_spec"), TreeOf(*signature, "out_spec")};
  }
  return {};
}

}  // namespace foldproof::pt2
