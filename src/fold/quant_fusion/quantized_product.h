// SPDX-License-Identifier: BSD-3-Clause
//
// Sums of products of codes, conv and linear, as one operator on codes would compute them.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// A = Σ (x - z_x)(w - z_w) + b, its real value s_x · s_w · A  (docs/quant_fusion.md, eq. 2).
struct QuantizedProduct {
  ir::ValueId input_codes;
  ir::QuantParams input;
  ir::ValueId weight_codes;
  ir::QuantParams weight;
  std::optional<ir::ValueId> bias_codes;  // nullopt: there is no bias
  std::int64_t outputs = 0;               // channels, the weight's first dimension

  double scale() const { return input.scale * weight.scale; }
};

// The operands of a conv or linear, or why no operator on codes takes them: not dequantized per
// tensor, other code types than there are operators for, a bias that is no int32 constant of scale
// s_x · s_w, a sum that int32 may not hold.
std::variant<QuantizedProduct, ir::Miss> ReadQuantizedProduct(const ir::Program& program,
                                                              const ir::Node& node,
                                                              ir::ValueId input, ir::ValueId weight,
                                                              std::optional<ir::ValueId> bias);

// The smallest and the largest partial sum of A over all codes of the input's type, in any order
// of the terms, of any output (docs/quant_fusion.md, eq. 3).
struct AccumulatorRange {
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
};
AccumulatorRange RangeOfSums(const std::vector<std::int64_t>& weights,
                             const std::vector<std::int64_t>& bias,
                             const QuantizedProduct& product);

// The dequantize_per_tensor that makes `value`, nullptr where it is none.
const ir::DequantizePerTensor* DequantizeOf(const ir::Graph& graph, ir::ValueId value);
// int8, uint8, int16, and the zero point among its codes: what the quantized operators take.
bool HasOperatorCodes(const ir::QuantParams& params);

}  // namespace foldproof::fold
