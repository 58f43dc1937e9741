// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "src/ir/graph.h"

namespace foldproof::ir {

// The operator that gives the same elements as the in-place `node` leaves in its operand, bit for
// bit: "aten.add.Tensor" for "aten.add_.Tensor". nullopt where that is not known.
std::optional<std::string> OutOfPlace(const Graph& graph, const Node& node);

}  // namespace foldproof::ir
