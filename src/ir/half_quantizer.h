// SPDX-License-Identifier: BSD-3-Clause
//
// Quantizers of float32, which are typed operators (src/ir/op.h), and those of float16 and
// bfloat16, which are not: their arguments are the same, and have been checked as they were read.
#pragma once

#include <optional>

#include "src/ir/graph.h"

namespace foldproof::ir {

// nullopt where `node` is nullptr or something else, or its floats are of another type.
std::optional<QuantizePerTensor> ReadQuantize(const Graph& graph, const Node* node);
std::optional<DequantizePerTensor> ReadDequantize(const Graph& graph, const Node* node);
std::optional<DequantizePerChannel> ReadDequantizePerChannel(const Graph& graph, const Node* node);

}  // namespace foldproof::ir
