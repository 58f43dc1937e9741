// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of a weight and a bias that a batch_norm is folded into (docs/fold.md, "Folding into
// the weights"). All in float64 but where a result is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "src/fold/bias_codes.h"
#include "src/fold/norm_pair.h"

namespace foldproof::fold {

// f = gamma / sqrt(variance + eps), eps as the double of the graph (docs/fold.md, eq. 9).
std::vector<double> NormFactors(const PairNumbers& numbers);

// b' = (b - mean) · f + beta (docs/fold.md, eq. 10).
std::vector<double> NormBiases(const PairNumbers& numbers, const std::vector<double>& factors);

// w' = f32(w · f) (docs/fold.md, eq. 11). nullopt where one is not finite.
std::optional<std::vector<float>> ScaledFloats(const NormCandidate& candidate,
                                               const std::vector<double>& factors,
                                               std::size_t (*channel_of)(const WeightShape&,
                                                                         std::size_t));

// What becomes of codes.
enum class CodesMode {
  kRequantize,  // new codes at new scales, as many of them as there were
  kRescale,     // the codes stay up to their sign, and each channel's scale takes its factor
};

struct NewCodes {
  std::vector<std::int64_t> values;
  std::vector<double> scales;  // one, or one an entry of the axis of channels
  std::vector<std::int64_t> zero_points;
  bool per_channel = false;

  // The number that dequantize multiplies by: float32 but for per-channel scales of float64.
  double UsedScale(std::size_t entry, const WeightCodes& old) const;
};

struct CodesRequest {
  CodesMode mode = CodesMode::kRequantize;
  // Whether an entry that cannot be had as the mode says gets another scale instead: a sign that
  // its codes do not hold, a factor of 0, a scale that is no normal number or lower than `least`.
  bool repairs = false;
  std::vector<double> least;  // per channel; empty: 0
  std::size_t (*channel_of)(const WeightShape&, std::size_t) = ChannelOf;
};

// The codes of the folded weight (docs/fold.md, eq. 12 and 13). The miss names no node.
std::variant<NewCodes, ir::Miss> FoldedWeightCodes(const NormCandidate& candidate,
                                                   const std::vector<double>& factors,
                                                   const CodesRequest& request);

// Per channel the least scale of the weight at which int32 holds the bias's codes and every sum of
// products with them (docs/fold.md, eq. 14).
std::vector<double> LeastScales(const NormCandidate& candidate, const std::vector<double>& factors,
                                const std::vector<double>& biases);

// The bias in codes of s_x · s_w' (docs/fold.md, eq. 3), or why int32 does not hold them, alone or
// together with the products. The miss names no node.
std::variant<BiasCodes, ir::Miss> FoldedBiasCodes(const NormCandidate& candidate,
                                                  const NewCodes& weight,
                                                  const std::vector<double>& biases);

}  // namespace foldproof::fold
