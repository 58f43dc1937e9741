// SPDX-License-Identifier: BSD-3-Clause
//
// FoldConvBN whose factors, weights or biases are others.
#include <algorithm>
#include <cmath>

#include "harness/mutants/mutant_kinds.h"

namespace foldproof::mutants {
namespace {

using fold::BiasCodes;
using fold::CodesMode;
using fold::CodesRequest;
using fold::NewCodes;
using fold::NormCandidate;
using fold::NormRules;
using fold::PairNumbers;
using fold::Policy;
using fold::WeightShape;
using ir::Miss;

using Doubles = std::vector<double>;
using Codes = std::variant<NewCodes, Miss>;

// One number a channel, of its index.
template <typename Formula>
Doubles OfEachChannel(const PairNumbers& n, Formula formula) {
  Doubles out;
  for (std::size_t c = 0; c < n.gamma.size(); ++c) out.push_back(formula(c));
  return out;
}

Doubles WithoutEps(const PairNumbers& n) {
  return OfEachChannel(n, [&](std::size_t c) { return n.gamma[c] / std::sqrt(n.variance[c]); });
}
Doubles EpsOutside(const PairNumbers& n) {
  return OfEachChannel(
      n, [&](std::size_t c) { return n.gamma[c] / (std::sqrt(n.variance[c]) + n.eps); });
}
Doubles UsualEps(const PairNumbers& n) {
  return OfEachChannel(n,
                       [&](std::size_t c) { return n.gamma[c] / std::sqrt(n.variance[c] + 1e-5); });
}
Doubles WithoutRoot(const PairNumbers& n) {
  return OfEachChannel(n, [&](std::size_t c) { return n.gamma[c] / (n.variance[c] + n.eps); });
}
Doubles TimesRoot(const PairNumbers& n) {
  return OfEachChannel(
      n, [&](std::size_t c) { return n.gamma[c] * std::sqrt(n.variance[c] + n.eps); });
}
Doubles WithoutGamma(const PairNumbers& n) {
  return OfEachChannel(n, [&](std::size_t c) { return 1 / std::sqrt(n.variance[c] + n.eps); });
}
Doubles Unsigned(const PairNumbers& n) {
  return OfEachChannel(
      n, [&](std::size_t c) { return std::abs(n.gamma[c]) / std::sqrt(n.variance[c] + n.eps); });
}
Doubles OfNextChannel(const PairNumbers& n) {
  Doubles factors = fold::NormFactors(n);
  std::rotate(factors.begin(), factors.begin() + 1, factors.end());
  return factors;
}
Doubles OfFirstChannel(const PairNumbers& n) {
  return Doubles(n.gamma.size(), fold::NormFactors(n).front());
}
Doubles InHalfPrecision(const PairNumbers& n) {
  Doubles factors = fold::NormFactors(n);
  for (double& factor : factors) {  // to 11 bits
    int exponent = 0;
    const double mantissa = std::frexp(factor, &exponent);
    factor = std::ldexp(std::nearbyint(mantissa * 2048) / 2048, exponent);
  }
  return factors;
}

// b' of its channel, its factor and b, mean and beta.
template <double (*kFormula)(double f, double b, double mean, double beta)>
Doubles Biases(const PairNumbers& n, const Doubles& f) {
  return OfEachChannel(
      n, [&](std::size_t c) { return kFormula(f[c], n.bias[c], n.mean[c], n.beta[c]); });
}
double NoMean(double f, double b, double, double beta) { return b * f + beta; }
double MeanAdded(double f, double b, double mean, double beta) { return (b + mean) * f + beta; }
double NoBeta(double f, double b, double mean, double) { return (b - mean) * f; }
double BetaSubtracted(double f, double b, double mean, double beta) {
  return (b - mean) * f - beta;
}
double BiasUnscaled(double f, double b, double mean, double beta) { return b - mean * f + beta; }
double MeanUnscaled(double f, double b, double mean, double beta) { return b * f - mean + beta; }

// Dimension 0 is the channels, whatever the product; past the end it starts again.
std::size_t ByRows(const WeightShape& shape, std::size_t element) {
  return element / (shape.second * shape.kernel) % shape.channels();
}
// Every group of a transposed convolution is the first one.
std::size_t WithoutGroups(const WeightShape& shape, std::size_t element) {
  if (!shape.transposed) return fold::ChannelOf(shape, element);
  return element / shape.kernel % shape.second;
}

std::optional<std::vector<float>> Unscaled(const NormCandidate& candidate, const Doubles&,
                                           std::size_t (*)(const WeightShape&, std::size_t)) {
  return candidate.floats;
}
std::optional<std::vector<float>> Twice(const NormCandidate& candidate, const Doubles& factors,
                                        std::size_t (*channel_of)(const WeightShape&,
                                                                  std::size_t)) {
  Doubles squares;
  for (const double factor : factors) squares.push_back(factor * factor);
  return fold::ScaledFloats(candidate, squares, channel_of);
}

// The engine's codes, and what `change` makes of them with the candidate and the factors.
template <typename Change>
Codes Changed(const NormCandidate& candidate, const Doubles& factors, const CodesRequest& request,
              Change change) {
  Codes codes = fold::FoldedWeightCodes(candidate, factors, request);
  if (auto* made = std::get_if<NewCodes>(&codes)) change(*made);
  return codes;
}

// Element i's channel, its scale's entry and w · f in steps of that scale.
template <typename Code>
void Recode(const NormCandidate& candidate, const Doubles& factors, NewCodes& codes, Code code) {
  const fold::WeightCodes& old = *candidate.codes;
  const WeightShape& shape = candidate.pair.shape;
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const std::size_t c = fold::ChannelOf(shape, i);
    const std::size_t from = fold::EntryOf(shape, old.per_channel, c),
                      to = fold::EntryOf(shape, codes.per_channel, c);
    const double real =
        static_cast<double>(old.values[i] - old.zero_points[from]) * old.scales[from] * factors[c];
    const double steps =
        code(real / codes.UsedScale(to, old)) + static_cast<double>(codes.zero_points[to]);
    codes.values[i] = static_cast<std::int64_t>(
        std::clamp(steps, static_cast<double>(old.quant_min), static_cast<double>(old.quant_max)));
  }
}

Codes Truncated(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  return Changed(candidate, f, request, [&](NewCodes& codes) {
    Recode(candidate, f, codes, [](double steps) { return std::trunc(steps); });
  });
}
Codes OneMore(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  return Changed(candidate, f, request, [&](NewCodes& codes) {
    Recode(candidate, f, codes, [](double steps) { return std::nearbyint(steps) + 1; });
  });
}
// What leaves the range at the old scale is clamped.
Codes AtOldScale(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  return Changed(candidate, f, request, [&](NewCodes& codes) {
    for (std::size_t e = 0; e < codes.scales.size(); ++e) {
      codes.scales[e] = candidate.codes->scales[candidate.codes->per_channel ? e : 0];
    }
    Recode(candidate, f, codes, [](double steps) { return std::nearbyint(steps); });
  });
}
Codes HalfTheScale(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  return Changed(candidate, f, request, [&](NewCodes& codes) {
    for (double& scale : codes.scales) scale /= 2;
    Recode(candidate, f, codes, [](double steps) { return std::nearbyint(steps); });
  });
}
Codes FirstScaleForAll(const NormCandidate& candidate, const Doubles& f,
                       const CodesRequest& request) {
  return Changed(candidate, f, request, [](NewCodes& codes) {
    codes.scales.assign(codes.scales.size(), codes.scales.front());
  });
}
Codes WithoutSign(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  Doubles magnitudes;
  for (const double factor : f) magnitudes.push_back(std::abs(factor));
  return fold::FoldedWeightCodes(candidate, magnitudes, request);
}
Codes CodesKept(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  return Changed(candidate, f, request,
                 [&](NewCodes& codes) { codes.values = candidate.codes->values; });
}
Codes ScalesKept(const NormCandidate& candidate, const Doubles& f, const CodesRequest& request) {
  return Changed(candidate, f, request, [&](NewCodes& codes) {
    for (std::size_t e = 0; e < codes.scales.size(); ++e) {
      codes.scales[e] = candidate.codes->scales[candidate.codes->per_channel ? e : 0];
    }
  });
}

// The engine's bias of other reals, or with other scales.
using MadeBias = std::variant<BiasCodes, Miss>;
MadeBias BiasTruncated(const NormCandidate& candidate, const NewCodes& weight,
                       const Doubles& biases) {
  MadeBias made = fold::FoldedBiasCodes(candidate, weight, biases);
  if (auto* codes = std::get_if<BiasCodes>(&made)) {
    for (std::size_t c = 0; c < codes->values.size(); ++c) {
      const double remainder = codes->remainders[c];
      if (codes->values[c] > 0 && remainder < 0) --codes->values[c];
      if (codes->values[c] < 0 && remainder > 0) ++codes->values[c];
    }
  }
  return made;
}
// Codes at the scale of the old weight, dequantized with that of the new one.
MadeBias BiasAtOldScale(const NormCandidate& candidate, const NewCodes& weight,
                        const Doubles& biases) {
  Doubles others = biases;
  const fold::WeightCodes& old = *candidate.codes;
  for (std::size_t c = 0; c < others.size(); ++c) {
    const WeightShape& shape = candidate.pair.shape;
    others[c] *= weight.UsedScale(fold::EntryOf(shape, weight.per_channel, c), old) /
                 old.scales[fold::EntryOf(shape, old.per_channel, c)];
  }
  return fold::FoldedBiasCodes(candidate, weight, others);
}
MadeBias BiasAtFirstScale(const NormCandidate& candidate, const NewCodes& weight,
                          const Doubles& biases) {
  MadeBias made = fold::FoldedBiasCodes(candidate, weight, biases);
  if (auto* codes = std::get_if<BiasCodes>(&made)) {
    codes->scales.assign(codes->scales.size(), codes->scales.front());
  }
  return made;
}

}  // namespace

std::vector<Mutant> NormNumberMutants() {
  std::vector<Mutant> out;
  const auto factors = [&](std::string_view name, std::string_view breaks, auto part) {
    out.push_back(NormMutantOf(name, breaks, Policy::kGuarded, CodesMode::kRequantize,
                               [&](NormRules& rules) { rules.factors = part; }));
  };
  factors("norm-eps-forgotten", "weights: f without eps", WithoutEps);
  factors("norm-eps-outside-the-root", "weights: f = gamma / (sqrt(variance) + eps)", EpsOutside);
  factors("norm-usual-eps", "weights: eps is 1e-5, whatever batch_norm's is", UsualEps);
  factors("norm-root-forgotten", "weights: f = gamma / (variance + eps)", WithoutRoot);
  factors("norm-root-multiplied", "weights: f = gamma · sqrt(variance + eps)", TimesRoot);
  factors("norm-gamma-forgotten", "weights: f without gamma", WithoutGamma);
  factors("norm-gamma-unsigned", "weights: |gamma|", Unsigned);
  factors("norm-channels-rotated", "weights: f of the next channel", OfNextChannel);
  factors("norm-first-channel-for-all", "weights: f of channel 0, for all", OfFirstChannel);
  factors("norm-factor-in-half", "weights: f of 11 bits", InHalfPrecision);
  const auto biases = [&](std::string_view name, std::string_view breaks, auto part) {
    out.push_back(NormMutantOf(name, breaks, Policy::kGuarded, CodesMode::kRequantize,
                               [&](NormRules& rules) { rules.biases = part; }));
  };
  biases("norm-mean-forgotten", "weights: b' without mean", Biases<NoMean>);
  biases("norm-mean-added", "weights: b' with + mean", Biases<MeanAdded>);
  biases("norm-beta-forgotten", "weights: b' without beta", Biases<NoBeta>);
  biases("norm-beta-subtracted", "weights: b' with - beta", Biases<BetaSubtracted>);
  biases("norm-bias-unscaled", "weights: b' with b instead of b · f", Biases<BiasUnscaled>);
  biases("norm-mean-unscaled", "weights: b' with mean instead of mean · f", Biases<MeanUnscaled>);
  const auto channels = [&](std::string_view name, std::string_view breaks, auto part) {
    out.push_back(NormMutantOf(name, breaks, Policy::kGuarded, CodesMode::kRequantize,
                               [&](NormRules& rules) { rules.channel_of = part; }));
  };
  channels("norm-rows-of-transposed", "weights: dimension 0 of a transposed one is the channels",
           ByRows);
  channels("norm-groups-forgotten", "weights: all groups of a transposed one are the first",
           WithoutGroups);
  const auto floats = [&](std::string_view name, std::string_view breaks, auto part) {
    out.push_back(NormMutantOf(name, breaks, Policy::kGuarded, CodesMode::kRequantize,
                               [&](NormRules& rules) { rules.scaled_floats = part; }));
  };
  floats("norm-floats-unscaled", "weights: float weights stay", Unscaled);
  floats("norm-floats-twice", "weights: float weights are multiplied twice", Twice);
  const auto codes = [&](std::string_view name, std::string_view breaks, CodesMode mode,
                         auto part) {
    out.push_back(NormMutantOf(name, breaks, Policy::kGuarded, mode,
                               [&](NormRules& rules) { rules.weight_codes = part; }));
  };
  codes("norm-code-truncated", "weights: q' is rounded towards zero", CodesMode::kRequantize,
        Truncated);
  codes("norm-code-one-more", "weights: q' is one more", CodesMode::kRequantize, OneMore);
  codes("norm-old-scale", "weights: new codes at the old scale, clamped", CodesMode::kRequantize,
        AtOldScale);
  codes("norm-half-scale", "weights: new codes at half the scale, clamped", CodesMode::kRequantize,
        HalfTheScale);
  codes("norm-scale-of-first", "weights: the scale of channel 0, for all", CodesMode::kRescale,
        FirstScaleForAll);
  codes("norm-sign-forgotten", "weights: codes keep their sign", CodesMode::kRescale, WithoutSign);
  codes("norm-codes-kept", "weights: new scales, and the old codes", CodesMode::kRequantize,
        CodesKept);
  codes("norm-scales-kept", "weights: new codes, and the old scales", CodesMode::kRescale,
        ScalesKept);
  const auto bias_codes = [&](std::string_view name, std::string_view breaks, CodesMode mode,
                              auto part) {
    out.push_back(NormMutantOf(name, breaks, Policy::kGuarded, mode,
                               [&](NormRules& rules) { rules.bias_codes = part; }));
  };
  bias_codes("norm-bias-truncated", "weights: the bias's codes are rounded towards zero",
             CodesMode::kRescale, BiasTruncated);
  bias_codes("norm-bias-at-old-scale", "weights: the bias's codes at the old weight's scale",
             CodesMode::kRescale, BiasAtOldScale);
  bias_codes("norm-bias-at-first-scale", "weights: the bias's scale of channel 0, for all",
             CodesMode::kRescale, BiasAtFirstScale);
  return out;
}

}  // namespace foldproof::mutants
