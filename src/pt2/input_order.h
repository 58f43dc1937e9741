// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/ir/program.h"
#include "src/pt2/kept_model.h"

namespace foldproof::pt2 {

// An input as it is written: one of the program, or one that export fixed to a number and that
// ir::Program leaves out.
struct WrittenInput {
  const ir::InputSpec* spec = nullptr;
  const KeptInput* fixed = nullptr;  // where spec is nullptr
};

// Constants first, as torch's own loader counts on, then the user's inputs; both in the program's
// order. The fixed ones keep their places among the user's, as long as those are the same.
std::vector<WrittenInput> OrderInputs(const ir::Program& program, const KeptModel& kept);

}  // namespace foldproof::pt2
