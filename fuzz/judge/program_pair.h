// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/ir/program.h"

namespace foldproof::fuzz {

// Two programs for the judge.
struct ProgramPair {
  ir::Program before, after;
  bool names_exchanged = false;  // of outputs
};

}  // namespace foldproof::fuzz
