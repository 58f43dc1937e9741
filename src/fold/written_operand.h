// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "src/ir/editor.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// Why nothing may be folded that `node` is computed from, the input of a convolution or a linear
// excepted: something of it is written into before it is read, or is a constant that the program
// updates (rule state-updated). A fold takes stored constants, and values as their producers made
// them.
std::optional<ir::Miss> FindWrittenOperand(const ir::Editor& editor, ir::NodeId node);

}  // namespace foldproof::fold
