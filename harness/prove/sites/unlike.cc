// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/unlike.h"

#include <set>

#include "src/ir/functional/effect.h"

namespace foldproof::prove {

std::optional<std::string> WhyUnlike(const ir::Node& node) {
  switch (ir::OutcomeOf(node)) {
    case ir::Outcome::kFunction: return std::nullopt;
    case ir::Outcome::kRandom: {
      const auto* call = node.target == ir::kWrittenTarget
                             ? std::get_if<std::string>(&node.arguments.at(0).value)
                             : &node.target;
      return node.name + " (" + (call ? *call : node.target) +
             ") is drawn at random, or memory that nobody has set";
    }
    case ir::Outcome::kUnlisted: break;
  }
  if (node.target == ir::kUnknownTarget) {
    const auto* why = std::get_if<std::string>(&node.arguments.at(0).value);
    return "nothing is known of " + node.name + (why ? ": " + *why : std::string());
  }
  return node.name + " (" + node.target +
         ") is on no list of operators: it need not be a function of its operands";
}

std::optional<std::string> WhyUnlike(const ir::Graph& graph, ir::ValueId value) {
  std::set<ir::ValueId> seen{value};
  std::vector<ir::ValueId> open{value};
  for (std::size_t i = 0; i < open.size(); ++i) {
    const ir::Node* node = graph.ProducerOf(open[i]);
    if (node == nullptr) continue;
    if (auto why = WhyUnlike(*node)) return why;
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId read) {
        if (seen.insert(read).second) open.push_back(read);
      });
    }
  }
  return std::nullopt;
}

std::vector<std::string> TakenForFunctions(const ir::FunctionalProgram& program) {
  std::set<std::string> names;
  for (const ir::Node& node : program.program().graph.nodes()) {
    if (!program.IsLive(node.id) || ir::OutcomeOf(node) != ir::Outcome::kFunction) continue;
    if (node.target == ir::kWrittenTarget) {
      names.insert(std::get<std::string>(node.arguments.at(0).value));
    } else if (const auto* norm = std::get_if<ir::BatchNorm>(&node.op)) {
      if (norm->training) names.insert(node.target);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace foldproof::prove
