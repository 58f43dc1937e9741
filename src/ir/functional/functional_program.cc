// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/functional_program.h"

#include "src/base/error.h"
#include "src/ir/functional/rewrite.h"

namespace foldproof::ir {

FunctionalProgram::FunctionalProgram(const Program& original, State state) : program_(&original) {
  if (!original.is_functional && HasEffects(original)) {
    Rewritten rewritten = MakeFunctional(original, state == State::kStored);
    made_program_ = std::make_shared<const Program>(std::move(rewritten.program));
    made_ = std::move(rewritten.made);
    at_end_ = std::move(rewritten.at_end);
    program_ = made_program_.get();
    NoteOriginals();
  }
  MarkLive();
  CollectUsers();
}

ValueId FunctionalProgram::Made(ValueId original) const {
  return made_.empty() ? original : made_.at(original.index);
}

ValueId FunctionalProgram::AtEnd(ValueId original) const {
  return at_end_.empty() ? original : at_end_.at(original.index);
}

std::optional<ValueId> FunctionalProgram::Original(ValueId value) const {
  return made_program_ == nullptr ? value : original_.at(value.index);
}

void FunctionalProgram::NoteOriginals() {
  original_.resize(program_->graph.values().size());
  for (std::uint32_t i = 0; i < made_.size(); ++i) {
    if (made_[i] == at_end_[i]) original_[made_[i].index] = ValueId{i};
  }
}

void FunctionalProgram::MarkLive() {
  const Graph& graph = program_->graph;
  live_.assign(graph.nodes().size(), 0);
  std::vector<char> wanted(graph.values().size(), 0);
  for (const ArgumentValue& output : graph.outputs()) {
    ForEachRead(output, [&](ValueId v) { wanted[v.index] = 1; });
  }
  for (std::size_t n = graph.nodes().size(); n-- > 0;) {
    const Node& node = graph.nodes()[n];
    for (const ValueId made : node.outputs) live_[n] |= wanted[made.index];
    if (!live_[n]) continue;
    for (const Argument& argument : node.arguments) {
      ForEachRead(argument.value, [&](ValueId v) { wanted[v.index] = 1; });
    }
  }
}

void FunctionalProgram::CollectUsers() {
  const Graph& graph = program_->graph;
  users_.resize(graph.values().size());
  for (const Node& node : graph.nodes()) {
    if (!IsLive(node.id)) continue;
    for (std::uint32_t i = 0; i < node.arguments.size(); ++i) {
      ForEachRead(node.arguments[i].value, [&](ValueId v) {
        users_[v.index].push_back({node.id, i});
      });
    }
  }
  for (std::uint32_t i = 0; i < graph.outputs().size(); ++i) {
    ForEachRead(graph.outputs()[i], [&](ValueId v) {
      users_[v.index].push_back({std::nullopt, i});
    });
  }
}

}  // namespace foldproof::ir
