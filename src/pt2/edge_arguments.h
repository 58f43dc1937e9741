// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace foldproof::pt2 {

// The name that argument `at` of a call of `target` ("aten.relu.default") has in the operator's
// schema, if it is given by its place: of PyTorch's core operators, and of those that are read by
// the names of their arguments. torch.export.save leaves the names of such arguments empty for
// operators of ExecuTorch's edge dialect. Nothing where the operator is not known.
std::optional<std::string_view> EdgeArgumentName(std::string_view target, std::size_t at);

}  // namespace foldproof::pt2
