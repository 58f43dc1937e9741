// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/fold/conv_bn_chain.h"
#include "src/fold/quantized_conv.h"

namespace foldproof::fold {

// What the chain and the batch_norm add to the convolution's value, per channel in real units:
// C = (alpha · orig - mean) · weight / sqrt(variance + eps) + bias, all in float64 with eps as the
// double of the graph (docs/fold.md, eq. 1).
std::vector<double> Corrections(const ChainChannels& channels, const ConvBnChain& chain,
                                double eps);

// q' = q + rint(C / f32(s_b) + r), r what is left of a float bias that was put into codes, in
// float64, where an int32 and its fraction fit with 21 bits to spare (docs/fold.md, eq. 2). nullopt
// where a code leaves the range of the bias's dequantize; `channel` says which.
std::optional<std::vector<std::int32_t>> FoldedCodes(const QuantizedBias& bias,
                                                     const std::vector<double>& corrections,
                                                     std::size_t& channel);

}  // namespace foldproof::fold
