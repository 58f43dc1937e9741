// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include "src/base/error.h"
#include "src/ir/graph.h"

namespace foldproof::exec {

// Runs `work` for `node`. An Error(kInput) without a place gets the node's name and target, and
// stays Undecided() where it was.
template <typename Work>
auto NamingNode(const ir::Node& node, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    // An error with a place names a node already, or a value: an input that is missing.
    if (!error.place().empty() || error.code() != Error::Code::kInput) throw;
    const Error named(Error::Code::kInput, node.name,
                      fmt::format("{}: {}", node.target, error.why()));
    throw error.exit_code() == ExitCode::kUnproved ? named.Undecided() : named;
  }
}

}  // namespace foldproof::exec
