// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/ir/program.h"

namespace foldproof::ir {

struct Rewritten {
  Program program;
  std::vector<ValueId> made, at_end;  // by value of the original
};

// Whether a node of the program may write, or its signature says that it updates something.
bool HasEffects(const Program& program);

// With `stored_at_start` a constant that the program updates is still one: it holds what is stored.
Rewritten MakeFunctional(const Program& original, bool stored_at_start);

}  // namespace foldproof::ir
