// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/repaired_quantizer.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

// Zero points are tried one by one; a quantizer of more codes than 16 bits is left to its range.
constexpr std::int64_t kMostSteps = 65535;

// A unit of slack for the float32 in which quantize multiplies and rounds: three roundings of
// relative 2^-24 each at codes below 2^16 stay below 2^-6 of a step there; the range grows by that.
constexpr double kSlackSteps = 1.0 / 64;

// Whether every x of [low, high] quantizes without clipping: rint(x / s) + z inside the codes.
bool Holds(const ir::QuantParams& params, double low, double high) {
  const auto z = static_cast<double>(params.zero_point);
  return low / params.scale + z >= static_cast<double>(params.quant_min) - 0.5 &&
         high / params.scale + z <= static_cast<double>(params.quant_max) + 0.5;
}

// The smallest scale at which zero point z holds [low, high].
double ScaleFor(const ir::QuantParams& params, std::int64_t z, double low, double high) {
  const double below = static_cast<double>(z - params.quant_min) + 0.5 - kSlackSteps;
  const double above = static_cast<double>(params.quant_max - z) + 0.5 - kSlackSteps;
  return std::max(low < 0 ? -low / below : 0.0, high > 0 ? high / above : 0.0);
}

}  // namespace

std::vector<RealRange> UnclippedRanges(const ir::Program& program, const ir::Node& conv,
                                       const QuantizedBias& bias,
                                       const ir::QuantParams& quantizer) {
  const auto z = static_cast<double>(quantizer.zero_point);
  const RealRange held{(static_cast<double>(quantizer.quant_min) - z - 0.5) * quantizer.scale,
                       (static_cast<double>(quantizer.quant_max) - z + 0.5) * quantizer.scale};
  std::vector<RealRange> ranges(bias.values.size(), held);
  // In a half type the value is not what the sum of codes says, to its few digits.
  const auto& type = program.graph.value(conv.outputs.front()).type;
  if (type && type->dtype != ir::ScalarType::kFloat32) return ranges;
  const auto sums = ProductRanges(program, conv);
  if (!sums || sums->size() != ranges.size()) return ranges;
  for (std::size_t c = 0; c < ranges.size(); ++c) {
    const double offset = static_cast<double>(bias.values[c] - bias.ZeroPoint(c)) * bias.Scale(c);
    const double low = (*sums)[c].low + offset, high = (*sums)[c].high + offset;
    if (!std::isfinite(low) || !std::isfinite(high)) continue;
    ranges[c] = {std::clamp(low, held.low, held.high), std::clamp(high, held.low, held.high)};
  }
  return ranges;
}

std::optional<ir::QuantParams> RepairedParams(const std::vector<RealRange>& ranges,
                                              const std::vector<double>& corrections,
                                              const ir::QuantParams& old) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t c = 0; c < ranges.size(); ++c) {
    low = std::min(low, ranges[c].low + corrections[c]);
    high = std::max(high, ranges[c].high + corrections[c]);
  }
  if (Holds(old, low, high)) return old;
  if (old.quant_max - old.quant_min > kMostSteps) return std::nullopt;
  ir::QuantParams best = old;
  best.scale = std::numeric_limits<double>::infinity();
  for (std::int64_t z = old.quant_min; z <= old.quant_max; ++z) {
    const double scale = std::max(ScaleFor(old, z, low, high), old.scale);
    // Where scales are equal, the zero point nearest to the old one changes the fewest codes.
    const bool nearer = std::abs(z - old.zero_point) < std::abs(best.zero_point - old.zero_point);
    if (scale < best.scale || (scale == best.scale && nearer)) {
      best.scale = scale;
      best.zero_point = z;
    }
  }
  if (!std::isfinite(best.scale) || !std::isnormal(static_cast<float>(best.scale))) {
    return std::nullopt;
  }
  return best;
}

}  // namespace foldproof::fold
