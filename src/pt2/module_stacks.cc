// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/module_stacks.h"

#include <optional>

#include "src/pt2/module_paths.h"

namespace foldproof::pt2 {
namespace {

// The name of a node is that of its first result.
std::optional<std::string_view> FirstResultName(Json node) {
  const auto outputs = Find(node, "outputs");
  if (!outputs) return std::nullopt;
  for (const Json output : AsList(*outputs, "outputs")) {
    const auto tensor = Find(output, "as_tensor");
    if (!tensor) return std::nullopt;
    return TextField(*tensor, "name");
  }
  return std::nullopt;
}

std::optional<std::string> PathOf(Json node) {
  const auto metadata = OptionalField(node, "metadata");
  const auto stack = metadata ? OptionalField(*metadata, "nn_module_stack") : std::nullopt;
  if (!stack) return std::nullopt;
  std::string path = InnermostModule(AsText(*stack, "nn_module_stack"));
  if (path.empty()) return std::nullopt;
  return path;
}

}  // namespace

std::map<std::string, std::string> ReadModulePaths(Json graph_module) {
  std::map<std::string, std::string> out;
  for (const Json node : AsList(Field(Field(graph_module, "graph"), "nodes"), "nodes")) {
    const auto name = FirstResultName(node);
    auto path = name ? PathOf(node) : std::nullopt;
    if (path) out.emplace(*name, *std::move(path));
  }
  return out;
}

}  // namespace foldproof::pt2
