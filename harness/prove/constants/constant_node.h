// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "harness/prove/constants/constant_value.h"
#include "harness/prove/constants/memory_order.h"
#include "src/ir/graph.h"

namespace foldproof::prove {

using FindConstant = std::function<const ConstantValue&(ir::ValueId)>;

// What a node makes of constants, which `find` gives; `type` is that of its first result. Where it
// takes square roots, `operand_order` says how its operand lies in memory. Throws NotEvaluated.
ConstantValue EvaluateNode(const ir::Node& node, const ir::TensorType& type,
                           MemoryOrder operand_order, const FindConstant& find);

}  // namespace foldproof::prove
