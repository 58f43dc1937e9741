// SPDX-License-Identifier: BSD-3-Clause
//
// A tail whose first quantizers are an integer kernel's requantization (docs/proof.md, "Kernel
// semantics").
#pragma once

#include <string>

#include "harness/prove/constants/constant_values.h"
#include "harness/prove/sites/pair_plan.h"

namespace foldproof::prove {

// Puts a Requantize in place of every first quantizer of `side`, which the conv's value must reach
// through moves, relu and clamps alone, and which every frontier must lie behind. Returns why there
// is no such kernel, and leaves `side` as it was then; empty: done.
std::string PutKernel(const FunctionalView& view, exec::Kernel kernel, SiteSide& side);

}  // namespace foldproof::prove
