// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "src/fold/bias_codes.h"
#include "src/ir/editor.h"

namespace foldproof::fold {

// How a bias of codes is dequantized.
struct BiasForm {
  bool per_channel = false;
  ir::ScalarType scale_type = ir::ScalarType::kFloat32;  // of per-channel scales
  std::int64_t quant_min = 0;
  ir::ScalarType real_type = ir::ScalarType::kFloat32;  // of the dequantized bias
};

// dequantize(`stored`), a new node just before `product`, whose int32 constant `stored` is. The
// scales of a bias per channel become a constant named after `product`.
ir::ValueId AddDequantizedBias(ir::Editor& editor, ir::NodeId product, ir::ValueId stored,
                               const BiasForm& form, const BiasCodes& codes);

// A new constant of `product` under this name, before it.
ir::ValueId AddConstantOf(ir::Editor& editor, ir::NodeId product, const std::string& name,
                          const ir::TensorType& type, std::span<const std::byte> elements);

// Scales per channel as a constant of `type`, float32 or float64.
ir::ValueId AddScalesOf(ir::Editor& editor, ir::NodeId product, const std::string& name,
                        ir::ScalarType type, const std::vector<double>& scales);

}  // namespace foldproof::fold
