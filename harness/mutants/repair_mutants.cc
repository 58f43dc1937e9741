// SPDX-License-Identifier: BSD-3-Clause
//
// The quantizer between convolution and chain after C went into the bias: it goes where another
// follows, else it holds [min_c (l_c + C_c), max_c (h_c + C_c)] at the finest scale that can.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "harness/mutants/mutant_kinds.h"

namespace foldproof::mutants {
namespace {

using fold::FoldRules;
using fold::RealRange;
using Ranges = std::vector<RealRange>;
using Reals = std::vector<double>;
using Params = std::optional<ir::QuantParams>;

bool Never(const ir::Graph&, ir::ValueId) { return false; }

Params Old(const Ranges&, const Reals&, const ir::QuantParams& old) { return old; }

Params Unshifted(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  return fold::RepairedParams(ranges, Reals(constants.size(), 0), old);
}

Params ShiftedBackwards(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  Reals negative;
  for (const double c : constants) negative.push_back(-c);
  return fold::RepairedParams(ranges, negative, old);
}

Params LowEndAlone(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  Ranges low = ranges;
  for (RealRange& range : low) range.high = range.low;
  return fold::RepairedParams(low, constants, old);
}

Params HighEndAlone(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  Ranges high = ranges;
  for (RealRange& range : high) range.low = range.high;
  return fold::RepairedParams(high, constants, old);
}

Params FirstChannelAlone(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  return fold::RepairedParams({ranges.front()}, {constants.front()}, old);
}

// Where the range or the zero point has to change, a scale of twice the size.
Params TwiceAsCoarse(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  Params params = fold::RepairedParams(ranges, constants, old);
  if (params && *params != old) params->scale *= 2;
  return params;
}

// The zero point moves to the other side.
Params ZeroPointAway(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  Params params = fold::RepairedParams(ranges, constants, old);
  if (params) {
    params->zero_point =
        std::clamp(2 * old.zero_point - params->zero_point, old.quant_min, old.quant_max);
  }
  return params;
}

// The range moves, but does not grow.
Params ScaleKept(const Ranges& ranges, const Reals& constants, const ir::QuantParams& old) {
  Params params = fold::RepairedParams(ranges, constants, old);
  if (params) params->scale = old.scale;
  return params;
}

// What the convolution makes, as if its bias were 0.
Ranges WithoutBias(const ir::Program& program, const ir::Node& conv,
                   const fold::QuantizedBias& bias, const ir::QuantParams& quantizer) {
  fold::QuantizedBias zero = bias;
  for (std::size_t c = 0; c < zero.values.size(); ++c) zero.values[c] = zero.ZeroPoint(c);
  return fold::UnclippedRanges(program, conv, zero, quantizer);
}

// Scale and zero point that `Op` has in `before`, by name of the node.
template <typename Op>
std::map<std::string, ir::QuantParams> ParamsOf(const ir::Program& program) {
  std::map<std::string, ir::QuantParams> out;
  for (const ir::Node& node : program.graph.nodes()) {
    if (const auto* op = std::get_if<Op>(&node.op)) out[node.name] = op->params;
  }
  return out;
}

// The engine's fold, but nodes of `Op` keep the parameters that they had.
template <typename Op>
fold::FoldResult Forgotten(ir::Program program, const fold::FoldOptions& options) {
  const auto old = ParamsOf<Op>(program);
  fold::FoldResult result = fold::Fold(std::move(program), options);
  ir::Editor editor(std::move(result.program));
  const std::vector<ir::NodeId> order = editor.Order();
  for (const ir::NodeId id : order) {
    const ir::Node& node = editor.graph().node(id);
    const auto had = old.find(node.name);
    if (!std::holds_alternative<Op>(node.op) || had == old.end()) continue;
    editor.SetArgument(id, "scale", had->second.scale);
    editor.SetArgument(id, "zero_point", had->second.zero_point);
  }
  result.program = std::move(editor).Finish();
  return result;
}

}  // namespace

std::vector<Mutant> RepairMutants() {
  std::vector<Mutant> mutants;
  const auto add = [&](std::string_view name, std::string_view breaks, auto change) {
    mutants.push_back(MutantOf(name, breaks, fold::Policy::kRepair, change));
  };
  add("repair-forgotten", "repair: the quantizer stays as it was calibrated before C",
      [](FoldRules& rules) {
        rules.drops_quantizer = Never;
        rules.repaired_params = Old;
      });
  add("dropped-before-clamp", "repair: the quantizer goes where a clamp stands before the next",
      [](FoldRules& rules) { rules.drops_quantizer = fold::OnlyQuantized; });
  struct Row {
    std::string_view name, breaks;
    decltype(FoldRules::repaired_params) params;
  };
  constexpr Row kRows[] = {
      {"range-unshifted", "repair: the range is held without C", Unshifted},
      {"range-shifted-backwards", "repair: the range is shifted by - C", ShiftedBackwards},
      {"low-end-alone", "repair: the range's upper end is not held", LowEndAlone},
      {"high-end-alone", "repair: the range's lower end is not held", HighEndAlone},
      {"range-of-first-channel", "repair: the range of channel 0 alone is held", FirstChannelAlone},
      {"scale-twice-as-coarse", "repair: another scale is twice as coarse", TwiceAsCoarse},
      {"zero-point-away", "repair: the zero point moves to the other side", ZeroPointAway},
      {"scale-kept", "repair: the range moves, but does not grow", ScaleKept},
  };
  for (const Row& row : kRows) {
    add(row.name, row.breaks, [&](FoldRules& rules) { rules.repaired_params = row.params; });
  }
  add("range-without-bias", "repair: the range is that of a convolution without bias",
      [](FoldRules& rules) { rules.unclipped_ranges = WithoutBias; });
  add("dequantize-forgotten", "repair: quantize gets new parameters, dequantize does not",
      [](FoldRules&) {});
  mutants.back().fold = Forgotten<ir::DequantizePerTensor>;
  add("quantize-forgotten", "repair: dequantize gets new parameters, quantize does not",
      [](FoldRules&) {});
  mutants.back().fold = Forgotten<ir::QuantizePerTensor>;
  return mutants;
}

}  // namespace foldproof::mutants
