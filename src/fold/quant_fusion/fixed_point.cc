// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/fixed_point.h"

#include <cmath>

#include "src/base/error.h"

namespace foldproof::fold {
namespace {

// ratio = f · 2^e, 1/2 <= f < 1; m = trunc(f · 2^31 + 1/2), halved where that is 2^31. All of it is
// exact in float64 but for the rounding that is written.
FixedPoint Decompose(double ratio) {
  int exponent = 0;
  const double fraction = std::frexp(ratio, &exponent);
  auto multiplier = static_cast<std::int64_t>(std::trunc(fraction * 0x1p31 + 0.5));
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++exponent;
  }
  return {multiplier, exponent};
}

}  // namespace

std::optional<FixedPoint> UpstreamFixedPoint(double ratio) {
  const auto rounded = static_cast<float>(ratio);
  if (!std::isfinite(rounded)) return std::nullopt;
  return Decompose(rounded);
}

FixedPoint ReferenceFixedPoint(double ratio) {
  FP_CHECK(std::isfinite(ratio) && ratio > 0);
  FixedPoint out = Decompose(ratio);
  out.multiplier = -out.multiplier;
  return out;
}

}  // namespace foldproof::fold
