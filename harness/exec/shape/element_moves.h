// SPDX-License-Identifier: BSD-3-Clause
//
// Operators that pick elements of one tensor and compute none: which element of it stands at each
// place of each result.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/exec/shape/pick_arguments.h"

namespace foldproof::exec {

struct PickedElements {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> from;  // row-major indices into the operand's elements
};

// Whether the operator is one of these; its operand is the argument "self" or "input".
bool IsElementPick(std::string_view target);

// One for each result of a node of `target` whose operand has `sizes`. Throws Error(kInput) with an
// empty place where the arguments do not fit the operand.
std::vector<PickedElements> PickElements(std::string_view target, const PickArguments& arguments,
                                         const std::vector<std::int64_t>& sizes);

}  // namespace foldproof::exec
