// SPDX-License-Identifier: BSD-3-Clause
//
// The parts that the policies guarded and repair are made of, so that a harness can break one part
// and see that somebody notices. Nothing else sets them; the defaults are the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "src/fold/accumulator_range.h"
#include "src/fold/bias_codes.h"
#include "src/fold/chain_guards.h"
#include "src/fold/conv_bn_chain.h"
#include "src/fold/folded_bias.h"
#include "src/fold/norm_rules.h"
#include "src/fold/quantized_conv.h"
#include "src/fold/repaired_quantizer.h"
#include "src/fold/written_operand.h"

namespace foldproof::fold {

// Each part's contract is that of the function that it defaults to. What `guards` shows must
// outlive the fold.
struct FoldRules {
  // Both passes use it: how many nodes read a value, so whether it may be changed in place.
  std::size_t (*readers)(const ir::Program&, ir::ValueId) = ReadersOf;
  // Both passes use it: whether something that is read was written into before.
  std::optional<ir::Miss> (*written_operand)(const ir::Editor&, ir::NodeId) = FindWrittenOperand;

  // QuantizeBias: which convolutions get a quantized bias, what is known of them, and its codes.
  bool (*wants_bias)(const ir::Graph&, ir::ValueId) = OnlyQuantized;
  std::variant<QuantizedConv, ir::Miss> (*read_conv)(const ir::Program&,
                                                     const ir::Node&) = ReadQuantizedConv;
  std::variant<BiasCodes, ir::Miss> (*bias_codes)(const QuantizedConv&, const std::vector<float>&,
                                                  std::int64_t) = CodesOfBias;

  // FoldConvBn: the chain, its bias, its numbers, its guards, C and the codes of b + C.
  std::variant<ConvBnChain, ir::Miss> (*match)(const ir::Graph&, const ir::Node&) = MatchChain;
  std::optional<QuantizedBias> (*read_bias)(const ir::Program&, ir::ValueId) = ReadQuantizedBias;
  std::optional<ChainChannels> (*read_channels)(const ir::Program&, const ConvBnChain&, std::size_t,
                                                std::string&) = ReadChannels;
  std::span<const Guard> guards = Guards();
  std::vector<double> (*corrections)(const ChainChannels&, const ConvBnChain&,
                                     double) = Corrections;
  std::optional<std::vector<std::int32_t>> (*folded_codes)(const QuantizedBias&,
                                                           const std::vector<double>&,
                                                           std::size_t&) = FoldedCodes;
  // Both: whether hardware's int32 holds accumulator and bias together.
  std::optional<ir::Miss> (*sums_leave_int32)(const ir::Program&, const ir::Node&,
                                              std::span<const std::int32_t>) = SumsLeaveInt32;

  // The repair of the quantizer between convolution and chain: where it goes, else its parameters.
  bool (*drops_quantizer)(const ir::Graph&, ir::ValueId) = IsQuantizedNext;
  std::vector<RealRange> (*unclipped_ranges)(const ir::Program&, const ir::Node&,
                                             const QuantizedBias&,
                                             const ir::QuantParams&) = UnclippedRanges;
  std::optional<ir::QuantParams> (*repaired_params)(const std::vector<RealRange>&,
                                                    const std::vector<double>&,
                                                    const ir::QuantParams&) = RepairedParams;

  // Those of FoldConvBN.
  NormRules norm;
};

}  // namespace foldproof::fold
