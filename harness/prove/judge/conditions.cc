// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/conditions.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "harness/prove/sites/number_key.h"
#include "harness/prove/sites/value_numbers.h"

namespace foldproof::prove {
namespace {

// An assertion that holds by the declared type of what it reads, which is compared as such.
bool IsOfTypes(const ir::Graph& graph, const ir::Node& node) {
  if (node.target != "aten._assert_tensor_metadata.default") return false;
  const ir::ArgumentValue* tensor = node.Find("a");
  const auto* read = tensor == nullptr ? nullptr : std::get_if<ir::ValueId>(tensor);
  const auto* type = read == nullptr ? nullptr : &graph.value(*read).type;
  if (type == nullptr || !*type) return false;
  return std::ranges::all_of(node.arguments, [&](const ir::Argument& argument) {
    if (argument.name == "a" || std::holds_alternative<ir::None>(argument.value)) return true;
    if (argument.name == "device" || argument.name == "layout") return true;
    const auto* dtype = std::get_if<ir::ScalarType>(&argument.value);
    return argument.name == "dtype" && dtype != nullptr && *dtype == (*type)->dtype;
  });
}

bool IsCondition(const ir::Graph& graph, const ir::Node& node) {
  return node.outputs.empty() && !IsOfTypes(graph, node);
}

struct Condition {
  std::string node;
  std::string what;
};
// By a key that two conditions share only where they hold for the same inputs.
using Conditions = std::multimap<std::string, Condition>;

// The conditions of a program, by the numbers of what they read. Assertions are dead nodes, so dead
// nodes are numbered, too.
Conditions ConditionsOf(const Side& side, NumberTable& table) {
  Numbering numbering(side.view, side.constants, table);
  Conditions out;
  for (const ir::Node& node : side.view.program().graph.nodes()) {
    numbering.Visit(node);
    if (!IsCondition(side.view.program().graph, node)) continue;
    // What it says when it fails is no part of a condition.
    ir::Node asked = node;
    std::erase_if(asked.arguments,
                  [](const ir::Argument& argument) { return argument.name == "assert_msg"; });
    KeyWriter key;
    key.Text(Numbering::Attributes(asked));
    for (const ir::Argument& argument : asked.arguments) {
      ir::ForEachRead(argument.value,
                      [&](ir::ValueId read) { key.Number(numbering.ReadAt(node, read).value); });
    }
    out.emplace(key.Take(), Condition{node.name, node.target});
  }
  return out;
}

bool HasAny(const Side& side) {
  const ir::Graph& graph = side.view.program().graph;
  return std::ranges::any_of(graph.nodes(),
                             [&](const ir::Node& node) { return IsCondition(graph, node); });
}

}  // namespace

std::vector<UnprovedPart> CompareConditions(const Side& before, const Side& after) {
  if (!HasAny(before) && !HasAny(after)) return {};
  NumberTable table;
  const Conditions b = ConditionsOf(before, table);
  const Conditions a = ConditionsOf(after, table);
  std::vector<UnprovedPart> out;
  const auto tell = [&](const Conditions& of, const Conditions& other, const char* program) {
    for (const auto& [key, condition] : of) {
      if (other.contains(key)) continue;
      out.push_back({condition.node, "the program " + std::string(program) +
                                         " alone raises on inputs that do not hold " +
                                         condition.what});
    }
  };
  tell(b, a, "before");
  tell(a, b, "after");
  return out;
}

}  // namespace foldproof::prove
