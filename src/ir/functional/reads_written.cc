// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/reads_written.h"

#include "src/ir/functional/functional_program.h"
#include "src/ir/functional/rewrite.h"

namespace foldproof::ir {

std::set<NodeId> FindReadsOfWritten(const Program& program) {
  std::set<NodeId> found;
  if (program.is_functional || !HasEffects(program)) return found;
  const FunctionalProgram functional(program);
  const Program& now = functional.program();
  for (const Node& node : program.graph.nodes()) {
    const auto kept = now.graph.FindNode(node.name);
    if (!kept) {  // its results are what it writes
      found.insert(node.id);
      continue;
    }
    std::set<ValueId> read;
    for (const Argument& argument : now.graph.node(*kept).arguments) {
      ForEachRead(argument.value, [&](ValueId id) { read.insert(id); });
    }
    for (const Argument& argument : node.arguments) {
      ForEachRead(argument.value, [&](ValueId id) {
        const bool stored = program.ConstantOf(id) != nullptr;
        const bool updated = stored && now.ConstantOf(functional.Made(id)) == nullptr;
        // A node that fills its operand does not read what it held.
        const bool reads =
            read.contains(functional.Made(id)) || now.graph.node(*kept).target != node.target;
        if (!reads || updated) found.insert(node.id);
      });
    }
  }
  return found;
}

}  // namespace foldproof::ir
