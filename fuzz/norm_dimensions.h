// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "fuzz/dimension.h"

namespace foldproof::fuzz {

// The dimensions of Family::kConvBn: those of a product, its weight and bias, and the batch_norm
// behind it. A dimension that both families have lists its choices in the same order.
std::vector<Dimension> NormDimensions();

}  // namespace foldproof::fuzz
