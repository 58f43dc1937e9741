// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>

#include "harness/exec/executor.h"

namespace foldproof::exec {

// kWider: a float64 tensor may be given where float32 is declared, to whoever computes in float64.
enum class TakenFloats { kAsDeclared, kWider };

// `given` must be of the value's type; a symbolic dimension takes any size. Throws Error(kInput)
// that names the value, and what it takes.
void CheckFeed(const ir::Value& value, const Tensor& given,
               TakenFloats taken = TakenFloats::kAsDeclared);

// The same of every value of `fed`, which `feeds` must give.
void CheckFeeds(const ir::Program& program, const std::set<ir::ValueId>& fed, const Tensors& feeds,
                TakenFloats taken = TakenFloats::kAsDeclared);

}  // namespace foldproof::exec
