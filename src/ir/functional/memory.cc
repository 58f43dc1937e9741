// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/memory.h"

namespace foldproof::ir {

std::uint32_t Memories::AddRoot(ValueId original, ValueId current) {
  const auto id = static_cast<std::uint32_t>(windows_.size());
  Window window;
  window.memory = static_cast<std::uint32_t>(memories_.size());
  window.current = current;
  window.original = original;
  windows_.push_back(window);
  memories_.push_back({.holder = id, .unknown = {}, .may_share = {}});
  return id;
}

std::uint32_t Memories::AddView(std::uint32_t parent, const Node& view, std::uint32_t result,
                                ValueId current) {
  Window window;
  window.memory = windows_[parent].memory;
  window.parent = parent;
  window.depth = windows_[parent].depth + 1;
  window.view = &view;
  window.result = result;
  window.current = current;
  window.version = memories_[window.memory].version;
  window.original = view.outputs[result];
  windows_.push_back(window);
  return static_cast<std::uint32_t>(windows_.size() - 1);
}

void Memories::MayShare(std::uint32_t window, std::uint32_t other) {
  const std::uint32_t a = windows_[window].memory, b = windows_[other].memory;
  if (a == b) return;
  memories_[a].may_share.insert(b);
  memories_[b].may_share.insert(a);
}

std::vector<std::uint32_t> Memories::SharedWith(std::uint32_t memory) const {
  std::set<std::uint32_t> seen{memory};
  std::vector<std::uint32_t> open{memory};
  for (std::size_t i = 0; i < open.size(); ++i) {
    for (const std::uint32_t other : memories_[open[i]].may_share) {
      if (seen.insert(other).second) open.push_back(other);
    }
  }
  open.erase(open.begin());
  return open;
}

void Memories::Write(std::uint32_t window, ValueId content, const std::string& writer) {
  Window& written = windows_[window];
  Memory& memory = memories_[written.memory];
  ++memory.version;
  memory.holder = window;
  written.current = content;
  written.version = memory.version;
  for (const std::uint32_t other : SharedWith(written.memory)) {
    ++memories_[other].version;
    memories_[other].unknown = writer + " writes into memory that it may share";
  }
}

void Memories::Lose(std::uint32_t window, const std::string& why) {
  std::vector<std::uint32_t> lost = SharedWith(windows_[window].memory);
  lost.push_back(windows_[window].memory);
  for (const std::uint32_t memory : lost) {
    ++memories_[memory].version;
    memories_[memory].unknown = why;
  }
}

}  // namespace foldproof::ir
