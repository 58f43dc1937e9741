// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/folded_weight.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <string>

namespace foldproof::fold {
namespace {

using ir::Miss;

// The largest |x_q - z_x|.
double LargestInput(const ir::QuantParams& input) {
  return std::max(std::abs(static_cast<double>(input.quant_min - input.zero_point)),
                  std::abs(static_cast<double>(input.quant_max - input.zero_point)));
}

// (q - z) · s of one element of the old weight, in float64: exact but for one rounding.
double OldReal(const WeightCodes& codes, std::size_t element, std::size_t entry) {
  return static_cast<double>(codes.values[element] - codes.zero_points[entry]) *
         codes.scales[entry];
}

// One scale's part of the weight while its codes are chosen.
struct Entry {
  double low = 0, high = 0;     // of all (q - z) · s · f, and 0
  double factor = 0;            // of its only channel
  std::size_t channels = 0;     // how many share it
  double least = 0;             // scale
  std::int64_t old_lowest = 0;  // of q - z
  std::int64_t old_highest = 0;
  double scale = 0;
  std::int64_t zero_point = 0;
  int sign = 0;  // of codes that stay; 0: they are computed anew
};

class Planner {
 public:
  Planner(const NormCandidate& candidate, const std::vector<double>& factors,
          const CodesRequest& request)
      : candidate_(candidate),
        old_(*candidate.codes),
        shape_(candidate.pair.shape),
        factors_(factors),
        request_(request) {}

  std::variant<NewCodes, Miss> Run() {
    const bool grouped = shape_.transposed && shape_.groups > 1;
    bool rescales = request_.mode == CodesMode::kRescale;
    if (rescales && grouped) {
      if (!request_.repairs) {
        return Miss{"axis-mismatch", "",
                    "the groups of a transposed convolution share their scales"};
      }
      rescales = false;
    }
    out_.per_channel = old_.per_channel || rescales;
    Measure();
    for (Entry& entry : entries_) {
      const auto e = static_cast<std::size_t>(&entry - entries_.data());
      auto miss = rescales ? Rescale(entry, e) : Requantize(entry, e);
      if (miss) return std::move(*miss);
    }
    return Codes();
  }

 private:
  std::size_t OldEntry(std::size_t channel) const {
    return EntryOf(shape_, old_.per_channel, channel);
  }
  std::size_t NewEntry(std::size_t channel) const {
    return EntryOf(shape_, out_.per_channel, channel);
  }
  std::size_t OldOfNew(std::size_t entry) const { return old_.per_channel ? entry : 0; }

  void Measure() {
    const std::size_t per_axis = shape_.transposed ? shape_.second : shape_.first;
    entries_.resize(out_.per_channel ? per_axis : 1);
    for (std::size_t c = 0; c < shape_.channels(); ++c) {
      Entry& entry = entries_[NewEntry(c)];
      ++entry.channels;
      entry.factor = factors_[c];
      if (!request_.least.empty()) entry.least = std::max(entry.least, request_.least[c]);
    }
    for (std::size_t i = 0; i < old_.values.size(); ++i) {
      const std::size_t c = request_.channel_of(shape_, i), e = OldEntry(c);
      Entry& entry = entries_[NewEntry(c)];
      const double real = OldReal(old_, i, e) * factors_[c];
      entry.low = std::min(entry.low, real);
      entry.high = std::max(entry.high, real);
      const std::int64_t code = old_.values[i] - old_.zero_points[e];
      entry.old_lowest = std::min(entry.old_lowest, code);
      entry.old_highest = std::max(entry.old_highest, code);
    }
  }

  // s' = s · |f|, q' = z ± (q - z).
  std::optional<Miss> Rescale(Entry& entry, std::size_t e) {
    const std::int64_t zero = old_.zero_points[OldOfNew(e)];
    const double scale = old_.scales[OldOfNew(e)] * std::abs(entry.factor);
    const bool fits = entry.factor > 0 || (zero - entry.old_highest >= old_.quant_min &&
                                           zero - entry.old_lowest <= old_.quant_max);
    const bool usable = std::isnormal(static_cast<float>(scale)) && scale >= entry.least;
    if (fits && usable && entry.factor != 0) {
      entry.scale = scale;
      entry.zero_point = zero;
      entry.sign = entry.factor > 0 ? 1 : -1;
      return std::nullopt;
    }
    if (request_.repairs) return Requantize(entry, e);
    const std::string at = "entry " + std::to_string(e);
    if (entry.factor == 0) {
      return Miss{"gamma-zero", "", "batch_norm's weight is 0 at " + at + ", and no scale is"};
    }
    if (!fits) {
      return Miss{"weight-clamp", "",
                  "the codes of " + at + " do not hold the weight with its sign turned"};
    }
    return Miss{"nonfinite", "", "the scale of " + at + " would be no normal float32 number"};
  }

  // s' = the least for which [low, high] is held by the codes' range around z.
  std::optional<Miss> Requantize(Entry& entry, std::size_t e) {
    const std::string at = "entry " + std::to_string(e);
    entry.zero_point = old_.zero_points[OldOfNew(e)];
    if ((entry.high > 0 && entry.zero_point >= old_.quant_max) ||
        (entry.low < 0 && entry.zero_point <= old_.quant_min)) {
      if (!request_.repairs) {
        return Miss{"weight-clamp", "",
                    "the codes of " + at + " do not hold both signs of the folded weight"};
      }
      entry.zero_point = old_.quant_min + (old_.quant_max - old_.quant_min + 1) / 2;
    }
    const auto above = static_cast<double>(old_.quant_max - entry.zero_point);
    const auto below = static_cast<double>(entry.zero_point - old_.quant_min);
    entry.scale = 0;
    if (entry.high > 0) entry.scale = std::max(entry.scale, entry.high / above);
    if (entry.low < 0) entry.scale = std::max(entry.scale, -entry.low / below);
    if (entry.scale == 0) entry.scale = old_.scales[OldOfNew(e)];
    if (request_.repairs) entry.scale = std::max({entry.scale, entry.least, double{FLT_MIN}});
    if (std::isnormal(static_cast<float>(entry.scale))) return std::nullopt;
    return Miss{"nonfinite", "", "the scale of " + at + " would be no normal float32 number"};
  }

  // q' = rint((q - z) · s · f / s') + z'.
  std::variant<NewCodes, Miss> Codes() {
    for (const Entry& entry : entries_) {
      out_.scales.push_back(entry.scale);
      out_.zero_points.push_back(entry.zero_point);
    }
    out_.values.reserve(old_.values.size());
    for (std::size_t i = 0; i < old_.values.size(); ++i) {
      const std::size_t c = request_.channel_of(shape_, i), e = OldEntry(c);
      const Entry& entry = entries_[NewEntry(c)];
      const std::int64_t code = old_.values[i] - old_.zero_points[e];
      if (entry.sign != 0) {
        out_.values.push_back(entry.zero_point + entry.sign * code);
        continue;
      }
      const double steps =
          std::nearbyint(OldReal(old_, i, e) * factors_[c] / out_.UsedScale(NewEntry(c), old_)) +
          static_cast<double>(entry.zero_point);
      if (!(steps >= static_cast<double>(old_.quant_min) &&
            steps <= static_cast<double>(old_.quant_max))) {
        return Miss{"weight-clamp", "", "a code of channel " + std::to_string(c) + " does not fit"};
      }
      out_.values.push_back(static_cast<std::int64_t>(steps));
    }
    return std::move(out_);
  }

  const NormCandidate& candidate_;
  const WeightCodes& old_;
  const WeightShape& shape_;
  const std::vector<double>& factors_;
  const CodesRequest& request_;
  std::vector<Entry> entries_;
  NewCodes out_;
};

}  // namespace

std::vector<double> NormFactors(const PairNumbers& numbers) {
  std::vector<double> factors;
  for (std::size_t c = 0; c < numbers.gamma.size(); ++c) {
    factors.push_back(numbers.gamma[c] / std::sqrt(numbers.variance[c] + numbers.eps));
  }
  return factors;
}

std::vector<double> NormBiases(const PairNumbers& numbers, const std::vector<double>& factors) {
  std::vector<double> biases;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    biases.push_back((numbers.bias[c] - numbers.mean[c]) * factors[c] + numbers.beta[c]);
  }
  return biases;
}

std::optional<std::vector<float>> ScaledFloats(const NormCandidate& candidate,
                                               const std::vector<double>& factors,
                                               std::size_t (*channel_of)(const WeightShape&,
                                                                         std::size_t)) {
  std::vector<float> out;
  out.reserve(candidate.floats.size());
  for (std::size_t i = 0; i < candidate.floats.size(); ++i) {
    const double factor = factors[channel_of(candidate.pair.shape, i)];
    out.push_back(static_cast<float>(static_cast<double>(candidate.floats[i]) * factor));
    if (!std::isfinite(out.back())) return std::nullopt;
  }
  return out;
}

double NewCodes::UsedScale(std::size_t entry, const WeightCodes& old) const {
  const bool wide = per_channel && old.per_channel && old.scale_type == ir::ScalarType::kFloat64;
  return wide ? scales[entry] : static_cast<double>(static_cast<float>(scales[entry]));
}

std::variant<NewCodes, Miss> FoldedWeightCodes(const NormCandidate& candidate,
                                               const std::vector<double>& factors,
                                               const CodesRequest& request) {
  return Planner(candidate, factors, request).Run();
}

// (|b'| / s_x + sum of |w · f| · max|x_q - z_x|) / s' <= 2^31 - 2^25: what rounding the codes adds
// to the sum, half a step a tap, stays below 2^25 for any kernel of up to 2^18 taps of 8 bits.
std::vector<double> LeastScales(const NormCandidate& candidate, const std::vector<double>& factors,
                                const std::vector<double>& biases) {
  const WeightCodes& codes = *candidate.codes;
  const WeightShape& shape = candidate.pair.shape;
  const double largest = LargestInput(*candidate.input);
  std::vector<double> least;
  for (const double bias : biases) least.push_back(std::abs(bias) / candidate.input->scale);
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const std::size_t c = ChannelOf(shape, i);
    least[c] +=
        std::abs(OldReal(codes, i, EntryOf(shape, codes.per_channel, c)) * factors[c]) * largest;
  }
  for (double& scale : least) {
    // The bias's own scale, s_x · s', must be a normal float32 number too.
    scale = std::max(scale / (0x1p31 - 0x1p25), 2.0 * FLT_MIN / candidate.input->scale);
  }
  return least;
}

std::variant<BiasCodes, Miss> FoldedBiasCodes(const NormCandidate& candidate,
                                              const NewCodes& weight,
                                              const std::vector<double>& biases) {
  constexpr double kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr double kHighest = std::numeric_limits<std::int32_t>::max();
  const WeightShape& shape = candidate.pair.shape;
  const WeightCodes& old = *candidate.codes;
  QuantizedConv conv;
  conv.input = *candidate.input;
  conv.per_channel = weight.per_channel;
  if (old.per_channel) conv.scale_type = old.scale_type;
  for (std::size_t c = 0; c < (weight.per_channel ? biases.size() : 1); ++c) {
    conv.weight_scales.push_back(weight.UsedScale(EntryOf(shape, weight.per_channel, c), old));
  }
  auto made = CodesOfReals(conv, biases, std::numeric_limits<std::int32_t>::min());
  const auto* codes = std::get_if<BiasCodes>(&made);
  if (codes == nullptr) return made;
  std::vector<double> sums(biases.size(), 0);
  for (std::size_t i = 0; i < weight.values.size(); ++i) {
    const std::size_t c = ChannelOf(shape, i);
    const std::int64_t zero = weight.zero_points[EntryOf(shape, weight.per_channel, c)];
    sums[c] += std::abs(static_cast<double>(weight.values[i] - zero));
  }
  for (std::size_t c = 0; c < biases.size(); ++c) {
    const double most = sums[c] * LargestInput(*candidate.input);
    const double code = codes->values[c];
    if (code - most >= kLowest && code + most <= kHighest) continue;
    return Miss{"accumulator-overflow", "",
                "int32 does not hold the accumulator of channel " + std::to_string(c) +
                    " and its bias together"};
  }
  return made;
}

}  // namespace foldproof::fold
