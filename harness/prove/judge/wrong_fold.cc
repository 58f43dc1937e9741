// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/wrong_fold.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/prove/sites/lost_norm.h"

namespace foldproof::prove {
namespace {

// What people and frameworks take for eps.
constexpr std::array kUsualEps = {0.0,  1e-12, 1e-10, 1e-8, 1e-7, 1e-6,
                                  1e-5, 1e-4,  1e-3,  1e-2, 1e-1};
// Codes are rounded to the nearest, floats a few times; as for a coefficient gap.
constexpr double kBlamedCodeAllowance = 0.5 + 0x1p-8;
constexpr double kBlamedFloatAllowance = 6;
constexpr double kNeighbour = 1 + 0x1p-8;  // codes to one that is next to the right value

}  // namespace

WrongFold::WrongFold(const Side& after, const MatchedSite& site, const PairPlan& pair,
                     std::size_t channel)
    : after_view_(after), before_(site.before->conv), after_(site.after->conv), channel_(channel) {
  norm_ = LostNorm(site.before->tail, site.before->tail.frontiers[pair.before], site.after->tail,
                   site.after->tail.frontiers[pair.after]);
  if (norm_ != nullptr) alpha_ = norm_->scale.IdealAt(channel);
  const double worth = alpha_ * before_.weight_scales[channel];
  for (const std::int32_t w : before_.WeightsOf(channel))
    right_.push_back(worth * static_cast<double>(w));
  weights_ = after_.WeightsOf(channel);
  code_steps_ = after_.CodeStepsOf(channel);
}

// What rounding may take of the weight of `tap` that is worth so much.
double WrongFold::Allowed(double worth, std::size_t tap) const {
  const double step = std::abs(after_.weight_scales[channel_]);
  if (!code_steps_.empty()) return (kBlamedCodeAllowance * code_steps_[tap] + 2) * step;
  if (!after_.float_weights) return kBlamedCodeAllowance * step;
  return kBlamedFloatAllowance * after_.weight_format.StepBound(worth) + 2 * step;
}

bool WrongFold::IsClamped(std::size_t tap) const {
  if (after_.float_weights) return false;
  const std::int64_t z = after_.weight_zero_points[channel_];
  return weights_[tap] == ir::LowestOf(after_.weights.dtype) - z ||
         weights_[tap] == ir::HighestOf(after_.weights.dtype) - z;
}

template <typename Factor>
bool WrongFold::Fits(Factor&& of) const {
  bool any = false;
  for (std::size_t t = 0; t < weights_.size(); ++t) {
    const double is = static_cast<double>(weights_[t]) * after_.weight_scales[channel_];
    const double wanted = right_[t] * of(t);
    const bool is_cut = IsClamped(t) && std::abs(wanted) > std::abs(is) && wanted * is > 0;
    if (!is_cut && !(std::abs(is - wanted) <= Allowed(wanted, t))) return false;
    any = any || (weights_[t] != 0 && !is_cut);
  }
  return any;
}

bool WrongFold::FitsRatio(double ratio) const {
  return Fits([&](std::size_t) { return ratio; });
}

double WrongFold::StepsOff(std::size_t tap) const {
  return std::abs(weights_[tap] - right_[tap] / after_.weight_scales[channel_]);
}

// Codes that went to the wrong neighbour of what is right, at most.
bool WrongFold::IsWithinOneCode() const {
  if (after_.float_weights) return false;
  for (std::size_t t = 0; t < weights_.size(); ++t) {
    if (!(StepsOff(t) <= kNeighbour)) return false;
  }
  return true;
}

// A few codes that were rounded the wrong way fit many an eps, so the bias has to speak for it
// then.
bool WrongFold::FitsWrongEps() const {
  if (norm_ == nullptr) return false;
  const double variance = norm_->variance[channel_];
  const bool needs_bias = IsWithinOneCode();
  return std::ranges::any_of(kUsualEps, [&](double eps) {
    if (eps == norm_->eps || !(variance + eps > 0)) return false;
    const double ratio = std::sqrt((variance + norm_->eps) / (variance + eps));
    return FitsRatio(ratio) && (!needs_bias || HasBiasOfRatio(ratio));
  });
}

// The factor of another channel, or each input channel its own.
bool WrongFold::FitsOtherChannel() const {
  if (norm_ == nullptr || alpha_ == 0) return false;
  for (std::size_t c = 0; c < after_.channels; ++c) {
    if (c != channel_ && FitsRatio(norm_->scale.IdealAt(c) / alpha_)) return true;
  }
  const std::size_t inputs = after_.taps / after_.kernel;
  if (inputs < 2 || inputs > after_.channels) return false;
  return Fits([&](std::size_t t) { return norm_->scale.IdealAt(t / after_.kernel) / alpha_; });
}

// Far nearer to what is right with the other sign than to what is right, if not within rounding.
bool WrongFold::IsTurned() const {
  double apart = 0, turned = 0;
  for (std::size_t t = 0; t < weights_.size(); ++t) {
    const double is = static_cast<double>(weights_[t]) * after_.weight_scales[channel_];
    apart += std::abs(is - right_[t]);
    turned += std::abs(is + right_[t]);
  }
  return 10 * turned < apart;
}

// Another conv of the after-program reads the very weight.
bool WrongFold::HasOtherReader() const {
  const ir::Graph& graph = after_view_.view.program().graph;
  std::size_t convs = 0;
  const auto count = [&](ir::ValueId value, auto&& self, int depth) -> void {
    for (const ir::Use& use : after_view_.view.Users(value)) {
      if (!use.node) continue;
      const ir::Node& reader = graph.node(*use.node);
      if (IsConvolution(reader) || IsMatrixProduct(reader))
        ++convs;
      else if (depth < 4 && !reader.outputs.empty())
        self(reader.outputs[0], self, depth + 1);
    }
  };
  count(after_.weight_codes, count, 0);
  return convs > 1;
}

std::optional<std::string_view> WrongFold::RuleOfWeights() const {
  if (FitsRatio(1)) {
    // Right but for codes at the end of their type, which hold less than they should.
    for (std::size_t t = 0; t < weights_.size(); ++t) {
      const double is = static_cast<double>(weights_[t]) * after_.weight_scales[channel_];
      if (!(std::abs(is - right_[t]) <= Allowed(right_[t], t))) {
        const bool kept = norm_ != nullptr && !before_.float_weights && !after_.float_weights &&
                          before_.weight_scales[channel_] == after_.weight_scales[channel_];
        return kept ? "scale-kept" : "weight-clamp";
      }
    }
    return std::nullopt;
  }
  if (FitsRatio(-1)) return "gamma-sign";
  if (norm_ == nullptr && HasOtherReader()) return "weight-shared";
  if (norm_ != nullptr && FitsRatio(alpha_)) return "folded-twice";
  if (FitsWrongEps()) return "eps-mismatch";
  if (FitsOtherChannel()) return "axis-mismatch";
  if (IsTurned()) return "gamma-sign";
  if (after_.float_weights) return std::nullopt;
  if (IsWithinOneCode()) return "weight-rounding";
  bool at_end = false;
  double worst = 0;
  for (std::size_t t = 0; t < weights_.size(); ++t) {
    const double off = StepsOff(t);
    if (off > worst) at_end = IsClamped(t);
    worst = std::max(worst, off);
  }
  if (at_end) return "weight-clamp";
  return std::nullopt;
}

double WrongFold::BiasWith(double alpha, double mean) const {
  return alpha * before_.bias.ideal[channel_] +
         (norm_->shift.IdealAt(channel_) + norm_->centre[channel_]) - mean;
}

bool WrongFold::HasBias(double wanted) const {
  const double is = after_.bias.value[channel_];
  const bool codes = after_.bias.kind == ConvBias::Kind::kQuantized;
  const double step = codes ? std::abs(after_.bias.steps[channel_]) : 0;
  return std::abs(is - wanted) <= 0.51 * step + 1e-5 * std::max(std::abs(is), std::abs(wanted));
}

// What a factor that is `ratio` of the right one makes of it.
bool WrongFold::HasBiasOfRatio(double ratio) const {
  return after_.bias.kind != ConvBias::Kind::kNone &&
         HasBias(BiasWith(alpha_ * ratio, norm_->centre[channel_] * ratio));
}

std::optional<std::string_view> WrongFold::RuleOfBias() const {
  if (norm_ == nullptr || after_.bias.kind == ConvBias::Kind::kNone) return std::nullopt;
  const double mean = norm_->centre[channel_];
  const double right = BiasWith(alpha_, mean);
  if (HasBias(right)) return std::nullopt;
  if (HasBias(BiasWith(alpha_, 0))) return "mean-ignored";
  if (after_.bias.kind == ConvBias::Kind::kQuantized) {
    // The code is that of another step: of after's weights, or of before's.
    const auto code = static_cast<double>(after_.bias.shifted[channel_]);
    for (const ConvSide* side : {&after_, &before_}) {
      const double step = static_cast<double>(static_cast<float>(after_.input_params.scale)) *
                          side->weight_scales[channel_];
      if (!side->float_weights && std::abs(code * step - right) <= 0.51 * std::abs(step))
        return "bias-scale";
    }
    // A code that was rounded the wrong way fits many an eps.
    const double steps_off = (after_.bias.value[channel_] - right) / after_.bias.steps[channel_];
    if (std::abs(steps_off) <= kNeighbour) return std::nullopt;
  }
  if (HasBias(BiasWith(alpha_ * alpha_, mean * alpha_)) || HasBias(alpha_ * right))
    return "folded-twice";
  const double variance = norm_->variance[channel_];
  for (const double eps : kUsualEps) {
    if (eps == norm_->eps || !(variance + eps > 0)) continue;
    const double ratio = std::sqrt((variance + norm_->eps) / (variance + eps));
    if (HasBiasOfRatio(ratio)) return "eps-mismatch";
  }
  return std::nullopt;
}

}  // namespace foldproof::prove
