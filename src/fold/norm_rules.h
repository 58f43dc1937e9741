// SPDX-License-Identifier: BSD-3-Clause
//
// The parts that FoldConvBN (fold_norm.h) is made of, so that a harness can break one part and see
// that somebody notices. Nothing else sets them; the defaults are the engine.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "src/fold/folded_weight.h"
#include "src/fold/norm_guards.h"
#include "src/fold/norm_pair.h"
#include "src/fold/quantized_conv.h"
#include "src/fold/written_operand.h"

namespace foldproof::fold {

// Each part's contract is that of the function that it defaults to. What `guards` shows must
// outlive the fold.
struct NormRules {
  std::variant<NormPair, ir::Miss> (*match)(const ir::Program&, const ir::Node&) = MatchNormPair;
  std::optional<ir::Miss> (*written_operand)(const ir::Editor&, ir::NodeId) = FindWrittenOperand;
  std::variant<NormCandidate, ir::Miss> (*read)(const ir::Program&, const NormPair&) = ReadNormPair;
  std::span<const NormGuard> guards = NormGuards();
  std::size_t (*readers)(const ir::Program&, ir::ValueId) = ReadersOf;

  std::size_t (*channel_of)(const WeightShape&, std::size_t) = ChannelOf;
  std::vector<double> (*factors)(const PairNumbers&) = NormFactors;
  std::vector<double> (*biases)(const PairNumbers&, const std::vector<double>&) = NormBiases;
  std::optional<std::vector<float>> (*scaled_floats)(const NormCandidate&,
                                                     const std::vector<double>&,
                                                     std::size_t (*)(const WeightShape&,
                                                                     std::size_t)) = ScaledFloats;
  std::variant<NewCodes, ir::Miss> (*weight_codes)(const NormCandidate&, const std::vector<double>&,
                                                   const CodesRequest&) = FoldedWeightCodes;
  std::variant<BiasCodes, ir::Miss> (*bias_codes)(const NormCandidate&, const NewCodes&,
                                                  const std::vector<double>&) = FoldedBiasCodes;
};

}  // namespace foldproof::fold
