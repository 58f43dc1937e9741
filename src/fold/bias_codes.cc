// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/bias_codes.h"

#include <cmath>
#include <limits>
#include <string>

namespace foldproof::fold {
namespace {

using ir::Miss;

// s_b = s_x · s_w in float64; per channel with float32 scales rounded to float32 once.
std::vector<double> BiasScales(const QuantizedConv& conv) {
  std::vector<double> scales;
  for (const double weight_scale : conv.weight_scales) {
    const double scale = conv.input.scale * weight_scale;
    scales.push_back(conv.per_channel && conv.scale_type == ir::ScalarType::kFloat32
                         ? static_cast<double>(static_cast<float>(scale))
                         : scale);
  }
  return scales;
}

}  // namespace

// q = rint(b / f32(s_b)) in float64: dequantize multiplies by f32(s_b), whatever type s_b has.
std::variant<BiasCodes, Miss> CodesOfReals(const QuantizedConv& conv,
                                           const std::vector<double>& bias,
                                           std::int64_t quant_min) {
  BiasCodes codes{BiasScales(conv), {}, {}};
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const float scale = static_cast<float>(codes.scales[conv.per_channel ? c : 0]);
    if (!std::isnormal(scale)) {
      return Miss{"nonfinite", "", "the bias's scale is no normal float32 number"};
    }
    if (!std::isfinite(bias[c])) {
      return Miss{"nonfinite", "", "the bias of channel " + std::to_string(c) + " is not finite"};
    }
    const double steps = bias[c] / static_cast<double>(scale);
    const double code = std::nearbyint(steps);
    if (code < static_cast<double>(quant_min) ||
        code > static_cast<double>(std::numeric_limits<std::int32_t>::max())) {
      return Miss{
          "bias-clamp", "",
          "the bias of channel " + std::to_string(c) + " does not fit into int32 at its scale"};
    }
    codes.values.push_back(static_cast<std::int32_t>(code));
    codes.remainders.push_back(steps - code);
  }
  return codes;
}

std::variant<BiasCodes, Miss> CodesOfBias(const QuantizedConv& conv, const std::vector<float>& bias,
                                          std::int64_t quant_min) {
  return CodesOfReals(conv, {bias.begin(), bias.end()}, quant_min);
}

}  // namespace foldproof::fold
