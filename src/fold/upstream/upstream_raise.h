// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/base/error.h"
#include "src/ir/graph.h"

namespace foldproof::fold {

// Where the pass that is reproduced raises an exception, so does ours: `what` is Python's.
[[noreturn]] inline void Raise(const ir::Node& node, const std::string& what) {
  throw Error(Error::Code::kInput, node.name,
              "ExecuTorch 1.5.1 raises here: " + what + "; fold with --policy guarded or repair");
}

// What the pass does on a program that ours does not know enough of to do the same.
[[noreturn]] inline void NotReproduced(const ir::Node& node, const std::string& what) {
  throw Error(Error::Code::kInput, node.name,
              "what ExecuTorch 1.5.1 does here is not reproduced: " + what +
                  "; fold with --policy guarded or repair");
}

}  // namespace foldproof::fold
