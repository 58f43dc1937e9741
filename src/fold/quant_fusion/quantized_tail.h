// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// What follows an operator whose value goes into a quantizer alone: operator [─ relu] ─ quantize.
struct QuantizedTail {
  std::optional<ir::NodeId> relu;
  bool relu_in_place = false;
  ir::NodeId quantize;
  ir::QuantParams out;
};

// The tail behind `anchor`, or why there is none: its value, or the relu's, is read elsewhere too,
// or by something else than a quantize_per_tensor.
std::variant<QuantizedTail, ir::Miss> MatchTail(const ir::Graph& graph, const ir::Node& anchor);

// Why an operator that clamps to the whole range of its input's type, and knows no relu, does not
// give what the tail gives.
std::optional<ir::Miss> TailFailure(const ir::Node& anchor, const QuantizedTail& tail,
                                    ir::ScalarType input_type);

// Whether an operator that stays in the program writes into the memory of one of `values`. The
// fused operator would read it at another time, or another tensor in its place.
bool WrittenInPlace(const ir::Editor& editor, const std::vector<ir::ValueId>& values,
                    std::optional<ir::NodeId> except);

}  // namespace foldproof::fold
