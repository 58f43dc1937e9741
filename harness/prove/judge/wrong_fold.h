// SPDX-License-Identifier: BSD-3-Clause
//
// Which fault explains the weights or the bias that a batch_norm was folded into: what they would
// be if a named mistake had been made, against what they are (docs/proof.md, "Causes"). No verdict
// depends on it.
#pragma once

#include <optional>
#include <string_view>

#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/channel_verdict.h"

namespace foldproof::prove {

// One channel of a pair of tails, with the batch_norm that before has and after has not.
class WrongFold {
 public:
  WrongFold(const Side& after, const MatchedSite& site, const PairPlan& pair, std::size_t channel);

  // Whether before has such a batch_norm, right behind the conv.
  bool has_norm() const { return norm_ != nullptr; }

  // Of weights: "gamma-sign", "scale-kept", "folded-twice", "eps-mismatch", "axis-mismatch",
  // "weight-shared", "weight-clamp", "weight-rounding"; nullopt where they are as they should be,
  // or no such fault explains them.
  std::optional<std::string_view> RuleOfWeights() const;
  // Of the bias: "mean-ignored", "bias-scale", "folded-twice", "eps-mismatch"; nullopt where none
  // explains it.
  std::optional<std::string_view> RuleOfBias() const;

 private:
  // Tap t of after is worth what before's is worth times `of(t)`, but for rounding and clamping.
  template <typename Factor>
  bool Fits(Factor&& of) const;
  bool FitsRatio(double ratio) const;
  bool FitsWrongEps() const;
  bool FitsOtherChannel() const;
  bool IsClamped(std::size_t tap) const;
  bool IsTurned() const;
  double StepsOff(std::size_t tap) const;
  bool IsWithinOneCode() const;
  bool HasOtherReader() const;
  double Allowed(double worth, std::size_t tap) const;
  // What the bias should be, with alpha and the mean's part as they are given.
  double BiasWith(double alpha, double mean) const;
  bool HasBias(double wanted) const;
  bool HasBiasOfRatio(double ratio) const;

  const Side& after_view_;
  const ConvSide& before_;
  const ConvSide& after_;
  std::size_t channel_;
  const AffineConstants* norm_ = nullptr;  // null: before has none there, or after has one, too
  double alpha_ = 1;
  std::vector<double> right_;  // what after's weight should be worth a tap, real units
  std::vector<std::int32_t> weights_;
  std::vector<double> code_steps_;  // ConvSide::CodeStepsOf after
};

}  // namespace foldproof::prove
