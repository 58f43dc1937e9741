// SPDX-License-Identifier: BSD-3-Clause
//
// Python's own operators on sizes: torch.export writes them as nodes where a shape is computed from
// a symbolic size ("_operator.floordiv").
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace foldproof::exec {

bool IsSymbolicNumberOp(std::string_view target);

// The result of the Python operator `target` on integers; comparisons give a bool. Throws
// Error(kInput) with an empty place for an unknown operator, a wrong number of operands, a division
// by zero or a result that does not fit into int64.
std::variant<std::int64_t, bool> RunSymbolicNumberOp(std::string_view target,
                                                     const std::vector<std::int64_t>& operands);

}  // namespace foldproof::exec
