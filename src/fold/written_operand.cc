// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/written_operand.h"

#include <set>
#include <vector>

namespace foldproof::fold {

std::optional<ir::Miss> FindWrittenOperand(const ir::Editor& editor, ir::NodeId node) {
  const ir::Graph& graph = editor.graph();
  std::vector<ir::NodeId> open{node};
  std::set<ir::NodeId> seen{node};
  const auto follow = [&](ir::ValueId value) {
    const ir::Node* maker = graph.ProducerOf(value);
    if (maker != nullptr && seen.insert(maker->id).second) open.push_back(maker->id);
  };
  for (std::size_t i = 0; i < open.size(); ++i) {
    const ir::Node& at = graph.node(open[i]);
    if (editor.ReadsWritten(at.id)) {
      return ir::Miss{"state-updated", at.name,
                      "what it reads is written into by another node, or updated by the program"};
    }
    if (const auto* conv = std::get_if<ir::Convolution>(&at.op)) {
      follow(conv->weight);
      if (conv->bias) follow(*conv->bias);
      continue;
    }
    if (const auto* linear = std::get_if<ir::Linear>(&at.op)) {
      follow(linear->weight);
      if (linear->bias) follow(*linear->bias);
      continue;
    }
    for (const ir::Argument& argument : at.arguments) ir::ForEachRead(argument.value, follow);
  }
  return std::nullopt;
}

}  // namespace foldproof::fold
