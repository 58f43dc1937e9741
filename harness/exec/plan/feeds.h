// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>

#include "harness/exec/executor.h"

namespace foldproof::exec {

// `feeds` must give every value of `fed`, each of its value's type; a symbolic dimension takes any
// size. Throws Error(kInput) that names the value and what it takes.
void CheckFeeds(const ir::Program& program, const std::set<ir::ValueId>& fed, const Tensors& feeds);

}  // namespace foldproof::exec
