// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "src/fold/accumulator_range.h"
#include "src/fold/quantized_conv.h"
#include "src/ir/op.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// What the convolution's value can be per channel before the fold, without clipping in its own
// quantizer: the codes' range and half a step beyond, cut to what the weights can make of any input
// (bias included) where they are known.
std::vector<RealRange> UnclippedRanges(const ir::Program& program, const ir::Node& conv,
                                       const QuantizedBias& bias, const ir::QuantParams& quantizer);

// Parameters that clip nothing in `ranges` once channel c is shifted by corrections[c]: those of
// `old` where they do already, else its scale with another zero point, else the smallest scale for
// which there is a zero point in the codes' range (docs/fold.md, eq. 4). nullopt where no finite
// scale holds them, or there are more than 2^16 codes to try.
std::optional<ir::QuantParams> RepairedParams(const std::vector<RealRange>& ranges,
                                              const std::vector<double>& corrections,
                                              const ir::QuantParams& old);

}  // namespace foldproof::fold
