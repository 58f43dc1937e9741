// SPDX-License-Identifier: BSD-3-Clause
//
// Who shows which memory while a program is made functional.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/ir/graph.h"

namespace foldproof::ir {

// Something that shows memory: all of it, or what a view shows of another one. Values that are the
// same tensor (an in-place node's operand and its result) have the same window.
struct Window {
  std::uint32_t memory = 0;
  std::optional<std::uint32_t> parent;  // the window that the view was made of
  const Node* view = nullptr;           // the node that made it, of the original
  std::uint32_t result = 0;             // which of its results
  ValueId current;                      // its content, in the functional program...
  std::uint64_t version = 0;            // ... as of this version of the memory
  ValueId original;                     // a value of the original that has this window
  bool row_major = false;               // its elements are known to lie row-major without gaps
  int depth = 0;                        // how many views it is away from the whole
};

// A piece of memory. Every write makes a new version of it.
struct Memory {
  std::uint32_t holder = 0;  // the window that was written last: the root where none was
  std::uint64_t version = 0;
  std::string unknown;  // why nothing is known of its content any more; empty: it is known
  std::set<std::uint32_t> may_share;  // other memories that may be the same one
};

class Memories {
 public:
  // A window on memory of its own.
  std::uint32_t AddRoot(ValueId original, ValueId current);
  // `current` is made of what `parent` holds now.
  std::uint32_t AddView(std::uint32_t parent, const Node& view, std::uint32_t result,
                        ValueId current);
  void MayShare(std::uint32_t window, std::uint32_t other);

  Window& window(std::uint32_t id) { return windows_[id]; }
  Memory& MemoryOf(std::uint32_t window) { return memories_[windows_[window].memory]; }
  bool IsCurrent(std::uint32_t window) const {
    const Window& w = windows_[window];
    return w.version == memories_[w.memory].version;
  }

  // `window` holds `content` from now on. What may share its memory holds nobody knows what:
  // `writer` names the node.
  void Write(std::uint32_t window, ValueId content, const std::string& writer);
  // Something may have been written into the memory of `window`, or of what may share it.
  void Lose(std::uint32_t window, const std::string& why);

 private:
  std::vector<std::uint32_t> SharedWith(std::uint32_t memory) const;

  std::vector<Window> windows_;
  std::vector<Memory> memories_;
};

}  // namespace foldproof::ir
