// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>

namespace foldproof::fold {

// A positive ratio as m · 2^-31 · 2^e, |m| in [2^30, 2^31): the operators' out_multiplier and
// out_shift.
struct FixedPoint {
  std::int64_t multiplier = 0;
  std::int64_t shift = 0;
};

// ExecuTorch's quantize_tensor_multiplier (docs/quant_fusion.md, eq. 5): of the ratio rounded to
// float32, with m > 0. nullopt where Python raises OverflowError: the ratio is no finite float32.
std::optional<FixedPoint> UpstreamFixedPoint(double ratio);

// What the Python references of linear and relu take (docs/numerics.md, eq. 15): of the ratio in
// float64, with m < 0. The ratio is positive and finite.
FixedPoint ReferenceFixedPoint(double ratio);

}  // namespace foldproof::fold
