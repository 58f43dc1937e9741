// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/ir/graph.h"

namespace foldproof::ir {

// The call that makes what a view's operand holds after a write into the view.
struct WriteBack {
  std::string target;
  std::vector<Argument> arguments;
};

// `view` is a node of the list of views, and shows its operand in result `result`; the operand held
// `base`, and the result holds `content` now. Both are values of another graph. nullopt: how the
// write goes back is not known.
std::optional<WriteBack> WriteBackOf(const Graph& graph, const Node& view, std::uint32_t result,
                                     ValueId base, ValueId content);

}  // namespace foldproof::ir
