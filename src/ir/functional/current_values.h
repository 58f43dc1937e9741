// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/ir/functional/memory.h"

namespace foldproof::ir {

// What the values of a program hold while it is made functional: nodes are appended to `out` where
// somebody reads what a write has made stale.
class CurrentValues {
 public:
  using Results = std::vector<std::pair<std::string, std::optional<TensorType>>>;

  CurrentValues(const Graph& original, Graph& out)
      : from_(original),
        out_(out),
        made_(original.values().size()),
        windows_(original.values().size()) {}

  // What a reader of `original` is given now.
  ValueId Read(ValueId original);
  std::vector<Argument> ReadArguments(const Node& node);
  ValueId Content(std::uint32_t window);

  // Appends a node named after `base`; its results, whose names are empty, are named after it, too.
  std::vector<ValueId> Append(const std::string& base, std::string target,
                              std::vector<Argument> arguments, Results results);

  // `content`, a value of the functional program, is what `window` holds after a write.
  void Leave(std::uint32_t window, ValueId content);

  ValueId& Made(ValueId original) { return made_[original.index]; }
  std::optional<std::uint32_t>& WindowOf(ValueId original) { return windows_[original.index]; }
  Memories& memories() { return memories_; }
  std::vector<ValueId>& made() { return made_; }
  std::map<ValueId, ValueId>& lies_like() { return lies_like_; }

 private:
  void WriteBackToRoot(Memory& memory);
  void ShowAgain(std::uint32_t window);
  ValueId Unknown(std::uint32_t window, const std::string& why);
  std::string FreeName(const std::string& base) const;

  const Graph& from_;
  Graph& out_;
  std::vector<ValueId> made_;                          // by value of the original
  std::vector<std::optional<std::uint32_t>> windows_;  // the same; none of what is no tensor
  Memories memories_;
  std::map<ValueId, ValueId> lies_like_;  // Program::lies_like
  std::size_t appended_ = 0;              // nodes that were put in
};

}  // namespace foldproof::ir
