// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/upstream/chain_type.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>

#include "src/base/error.h"

namespace foldproof::fold {

double ChainType::step() const { return std::ldexp(1.0, -digits); }

bool IsChainType(ir::ScalarType type) {
  return type == ir::ScalarType::kFloat32 || type == ir::ScalarType::kFloat16 ||
         type == ir::ScalarType::kBFloat16;
}

ChainType ChainTypeOf(ir::ScalarType type) {
  FP_CHECK(IsChainType(type));
  if (type == ir::ScalarType::kFloat16) return {10, -14, 65504, 0x1p-14};
  if (type == ir::ScalarType::kBFloat16) return {7, -126, 0x1.fep127, 0x1p-126};
  return {23, -126, FLT_MAX, FLT_MIN};
}

float RoundedTo(ir::ScalarType type, float x) {
  if (type == ir::ScalarType::kFloat32 || !std::isfinite(x) || x == 0) return x;
  const ChainType format = ChainTypeOf(type);
  const double unit =
      std::ldexp(1.0, std::max(std::ilogb(x), format.lowest_exponent) - format.digits);
  const double rounded = std::nearbyint(static_cast<double>(x) / unit) * unit;
  if (std::abs(rounded) > format.largest) {
    return std::copysign(std::numeric_limits<float>::infinity(), x);
  }
  return static_cast<float>(rounded);
}

}  // namespace foldproof::fold
