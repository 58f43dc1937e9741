// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/current_values.h"

#include "src/base/error.h"
#include "src/ir/functional/effect.h"
#include "src/ir/functional/write_back.h"

namespace foldproof::ir {

ValueId CurrentValues::Read(ValueId original) {
  const auto& window = WindowOf(original);
  if (!window || memories_.MemoryOf(*window).version == 0) return made_[original.index];
  return Content(*window);
}

std::vector<Argument> CurrentValues::ReadArguments(const Node& node) {
  std::vector<Argument> arguments = node.arguments;
  for (Argument& argument : arguments) {
    argument.value = Renumbered(std::move(argument.value), [&](ValueId id) { return Read(id); });
  }
  return arguments;
}

ValueId CurrentValues::Content(std::uint32_t id) {
  if (memories_.IsCurrent(id)) return memories_.window(id).current;
  // A file can be made so that every write makes all views stale.
  if (appended_ > 16 * from_.nodes().size() + 4096) {
    memories_.MemoryOf(id).unknown = "more nodes would have to be put in than are followed";
  }
  if (memories_.MemoryOf(id).unknown.empty()) WriteBackToRoot(memories_.MemoryOf(id));
  const std::string why = memories_.MemoryOf(id).unknown;
  if (!why.empty()) return Unknown(id, why);
  if (!memories_.IsCurrent(id)) ShowAgain(id);
  return memories_.window(id).current;
}

// Takes the content of the window that was written last to all that it is a view of.
void CurrentValues::WriteBackToRoot(Memory& memory) {
  while (const auto parent = memories_.window(memory.holder).parent) {
    const Window& holder = memories_.window(memory.holder);
    Window& base = memories_.window(*parent);
    auto call = WriteBackOf(from_, *holder.view, holder.result, base.current, holder.current);
    if (!call) {
      memory.unknown = "how a write into " + holder.view->target + " goes back is not known";
      return;
    }
    const Value& whole = from_.value(base.original);
    base.current = Append(whole.name, std::move(call->target), std::move(call->arguments),
                          {{"", whole.type}})[0];
    Leave(*parent, base.current);
    base.version = memory.version;
    memory.holder = *parent;
  }
}

// The view once more, of what its operand holds now; all its results at once.
void CurrentValues::ShowAgain(std::uint32_t id) {
  const Window shown = memories_.window(id);
  FP_CHECK(shown.parent && shown.view != nullptr);
  const ValueId operand = Content(*shown.parent);
  std::vector<Argument> arguments = shown.view->arguments;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    arguments[i].value = Renumbered(std::move(arguments[i].value),
                                    [&](ValueId read) { return i == 0 ? operand : Read(read); });
  }
  Results results;
  for (const ValueId made : shown.view->outputs) {
    results.emplace_back("", from_.value(made).type);
  }
  const auto again =
      Append(shown.view->name, shown.view->target, std::move(arguments), std::move(results));
  Window& window = memories_.window(id);
  window.current = again[window.result];
  Leave(id, window.current);
  window.version = memories_.MemoryOf(id).version;
}

ValueId CurrentValues::Unknown(std::uint32_t id, const std::string& why) {
  const Window& window = memories_.window(id);
  const Value& value = from_.value(window.original);
  const ValueId unknown = Append(value.name, kUnknownTarget,
                                 {{"why", why, false}, {"was", std::vector{window.current}, false}},
                                 {{"", value.type}})[0];
  memories_.window(id).current = unknown;
  Leave(id, unknown);
  memories_.window(id).version = memories_.MemoryOf(id).version;
  return unknown;
}

void CurrentValues::Leave(std::uint32_t window, ValueId content) {
  const ValueId made = made_[memories_.window(window).original.index];
  if (content != made) lies_like_[content] = made;
}

std::vector<ValueId> CurrentValues::Append(const std::string& base, std::string target,
                                           std::vector<Argument> arguments, Results results) {
  ++appended_;
  const std::string name = FreeName(base);
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].first = results.size() == 1 ? name : FreeName(name + "_" + std::to_string(i));
  }
  const NodeId id = out_.Append(name, std::move(target), std::move(arguments), std::move(results));
  return out_.node(id).outputs;
}

std::string CurrentValues::FreeName(const std::string& base) const {
  for (int k = 1;; ++k) {
    std::string name = base + "_now_" + std::to_string(k);
    const auto taken = [&](const Graph& graph) {
      return graph.FindValue(name).has_value() || graph.FindNode(name).has_value();
    };
    if (!taken(from_) && !taken(out_)) return name;
  }
}

}  // namespace foldproof::ir
