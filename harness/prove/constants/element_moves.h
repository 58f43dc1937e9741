// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>

#include "harness/prove/constants/constant_value.h"
#include "src/ir/graph.h"

namespace foldproof::prove {

// What a node makes that takes a part of a constant (select, slice, narrow) or puts one back
// (select_scatter, slice_scatter); nullopt where it is no such node. Throws NotEvaluated where its
// arguments make no sense.
std::optional<ConstantValue> EvaluateMove(
    const ir::Node& node, const std::function<const ConstantValue&(ir::ValueId)>& find);

}  // namespace foldproof::prove
