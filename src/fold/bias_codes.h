// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <variant>
#include <vector>

#include "src/fold/quantized_conv.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// The highest code of an int32 bias.
inline constexpr std::int64_t kHighestBiasCode = 2147483647;

// A bias as its int32 constant and its dequantize will hold it.
struct BiasCodes {
  std::vector<double> scales;  // one (per tensor), or one an output channel
  std::vector<std::int32_t> values;
  std::vector<double> remainders;  // b / s - q, within half a step
};

// The remainders of the biases that one pass put into codes, by convolution, so that a later one
// rounds the sum of b and C once and not each of them.
using RoundedBiases = std::map<ir::NodeId, std::vector<double>>;

// `reals`, one number an output channel, in codes of [quant_min, 2^31 - 1] (docs/fold.md, eq. 3):
// s_b = s_x · s_w, q = rint(b / f32(s_b)). Or why a code does not exist: the miss names no node.
std::variant<BiasCodes, ir::Miss> CodesOfReals(const QuantizedConv& conv,
                                               const std::vector<double>& reals,
                                               std::int64_t quant_min);

// The same of a stored float bias.
std::variant<BiasCodes, ir::Miss> CodesOfBias(const QuantizedConv& conv,
                                              const std::vector<float>& bias,
                                              std::int64_t quant_min);

}  // namespace foldproof::fold
