// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/folded_bias.h"

#include <cmath>

namespace foldproof::fold {

std::vector<double> Corrections(const ChainChannels& channels, const ConvBnChain& chain,
                                double eps) {
  std::vector<double> corrections;
  for (std::size_t c = 0; c < channels.weight.size(); ++c) {
    const double factor = channels.weight[c] / std::sqrt(channels.variance[c] + eps);
    const double shift = chain.bias_alpha * channels.original_bias[c] - channels.mean[c];
    corrections.push_back(shift * factor + channels.bias[c]);
  }
  return corrections;
}

std::optional<std::vector<std::int32_t>> FoldedCodes(const QuantizedBias& bias,
                                                     const std::vector<double>& corrections,
                                                     std::size_t& channel) {
  std::vector<std::int32_t> codes;
  for (channel = 0; channel < corrections.size(); ++channel) {
    const double code =
        static_cast<double>(bias.values[channel]) +
        std::nearbyint(corrections[channel] / bias.Scale(channel) + bias.Remainder(channel));
    if (!(code >= static_cast<double>(bias.quant_min) &&
          code <= static_cast<double>(bias.quant_max))) {
      return std::nullopt;
    }
    codes.push_back(static_cast<std::int32_t>(code));
  }
  return codes;
}

}  // namespace foldproof::fold
