// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/output_pairs.h"

#include <map>
#include <set>
#include <utility>

namespace foldproof::prove {
namespace {

using OutputKind = ir::OutputSpec::Kind;

std::string StateOf(const ir::OutputSpec& spec) {
  switch (spec.kind) {
    case OutputKind::kUserOutput: return {};
    case OutputKind::kBufferMutation: return "state of buffer " + spec.target;
    case OutputKind::kUserInputMutation: return "state of input " + spec.target;
    case OutputKind::kOther: return "output for " + spec.target;
  }
  return {};
}

}  // namespace

std::vector<OutputPair> PairOutputs(const ir::Program& before, const ir::Program& after) {
  std::vector<OutputPair> pairs;
  std::vector<std::size_t> users;  // of `pairs`
  std::map<std::string, std::size_t> states;
  for (std::uint32_t i = 0; i < before.outputs.size(); ++i) {
    const std::string state = StateOf(before.outputs[i]);
    if (state.empty())
      users.push_back(pairs.size());
    else
      states.emplace(state, pairs.size());
    pairs.push_back({i, std::nullopt, state});
  }
  std::size_t user = 0;
  for (std::uint32_t i = 0; i < after.outputs.size(); ++i) {
    const std::string state = StateOf(after.outputs[i]);
    const auto known = states.find(state);
    if (state.empty() && user < users.size()) {
      pairs[users[user++]].after = i;
    } else if (!state.empty() && known != states.end()) {
      pairs[known->second].after = i;
    } else {
      pairs.push_back({std::nullopt, i, state});
    }
  }
  return pairs;
}

std::vector<PairedValue> PairValues(const ir::Program& before, const ir::Program& after) {
  std::vector<PairedValue> out;
  for (OutputPair& pair : PairOutputs(before, after)) {
    if (!pair.before || !pair.after) continue;
    const auto* b = std::get_if<ir::ValueId>(&before.graph.outputs()[*pair.before]);
    const auto* a = std::get_if<ir::ValueId>(&after.graph.outputs()[*pair.after]);
    if (b == nullptr || a == nullptr) continue;
    out.push_back({*pair.before, *pair.after, *b, *a, std::move(pair.state)});
  }
  return out;
}

std::optional<ir::ValueId> UnchangedState(const ir::Program& program, const ir::OutputSpec& spec) {
  for (const ir::InputSpec& input : program.inputs) {
    const bool user = input.kind == ir::InputSpec::Kind::kUserInput;
    if (spec.kind == OutputKind::kBufferMutation && !user && input.target == spec.target) {
      return input.value;
    }
    if (spec.kind == OutputKind::kUserInputMutation && user &&
        program.graph.value(input.value).name == spec.target) {
      return input.value;
    }
  }
  return std::nullopt;
}

bool IsUnreadBatchCounter(const ir::FunctionalProgram& functional, std::uint32_t index) {
  const ir::Program& program = functional.program();
  const ir::OutputSpec& spec = program.outputs.at(index);
  const auto constant = program.constants.find(spec.target);
  if (spec.kind != OutputKind::kBufferMutation || !spec.target.ends_with("num_batches_tracked") ||
      constant == program.constants.end() ||
      constant->second.type != ir::MakeTensorType(ir::ScalarType::kInt64, {})) {
    return false;
  }
  const auto counter = UnchangedState(program, spec);
  if (!counter) return false;
  std::set<ir::ValueId> seen{*counter};
  std::vector<ir::ValueId> open{*counter};
  for (std::size_t i = 0; i < open.size(); ++i) {
    for (const ir::Use& use : functional.Users(open[i])) {
      if (!use.node) {
        if (use.argument != index) return false;
        continue;
      }
      for (const ir::ValueId made : program.graph.node(*use.node).outputs) {
        if (seen.insert(made).second) open.push_back(made);
      }
    }
  }
  return true;
}

}  // namespace foldproof::prove
