// SPDX-License-Identifier: BSD-3-Clause
//
// Biases that are prepared wrongly (s_b = s_x · s_w, q = rint(b / f32(s_b)), refused where q leaves
// int32), or changed under those who read them too.
#include <algorithm>
#include <cmath>

#include "harness/mutants/mutant_kinds.h"
#include "src/fold/product.h"

namespace foldproof::mutants {
namespace {

using fold::FoldRules;
using fold::QuantizedConv;

// The engine's reading of the convolution, but of `channels` output channels.
std::variant<QuantizedConv, ir::Miss> WithChannels(const ir::Program& program, const ir::Node& node,
                                                   std::int64_t channels) {
  auto read = fold::ReadQuantizedConv(program, node);
  auto* conv = std::get_if<QuantizedConv>(&read);
  if (conv == nullptr) return read;
  conv->channels = channels;
  if (conv->per_channel) {
    conv->weight_scales.resize(static_cast<std::size_t>(channels), conv->weight_scales.front());
    conv->weight_zero_points.resize(static_cast<std::size_t>(channels), 0);
  }
  return read;
}

// As many as dimension 1 of the value has, which of an unbatched one is no channel.
std::variant<QuantizedConv, ir::Miss> ChannelsOfOutput(const ir::Program& program,
                                                       const ir::Node& node) {
  const auto& type = program.graph.value(node.outputs.front()).type;
  if (!type || type->rank() < 2 || !type->dims[1].is_static()) {
    return ir::Miss{"bias-missing", node.name, "no dimension 1 of a known size"};
  }
  return WithChannels(program, node, type->dims[1].size);
}

// As many as dimension 0 of the weight has, which of a transposed one are the inputs.
std::variant<QuantizedConv, ir::Miss> ChannelsOfWeight(const ir::Program& program,
                                                       const ir::Node& node) {
  const auto& type = program.graph.value(fold::ReadProduct(node)->weight).type;
  if (!type || type->rank() < 2 || !type->dims[0].is_static()) {
    return ir::Miss{"bias-missing", node.name, "no dimension 0 of a known size"};
  }
  return WithChannels(program, node, type->dims[0].size);
}

// What a mutant is told about one channel.
struct BiasNumbers {
  double bias, scale, input_scale, first_scale;
};

double Round(double x) { return std::rint(x); }

// The codes of Formula at the scales of the engine, with nothing left over; refused where they
// leave int32.
template <auto Formula>
std::variant<fold::BiasCodes, ir::Miss> EachBias(const QuantizedConv& conv,
                                                 const std::vector<float>& bias,
                                                 std::int64_t quant_min) {
  auto made = fold::CodesOfBias(conv, std::vector<float>(bias.size(), 0.0f), quant_min);
  auto* codes = std::get_if<fold::BiasCodes>(&made);
  if (codes == nullptr) return made;
  const auto scale_of = [&](std::size_t c) {
    return static_cast<double>(static_cast<float>(codes->scales[conv.per_channel ? c : 0]));
  };
  for (std::size_t c = 0; c < bias.size(); ++c) {
    const double code = Formula(BiasNumbers{bias[c], scale_of(c), conv.input.scale, scale_of(0)});
    if (!(code >= static_cast<double>(quant_min) && code <= 2147483647.0)) {
      return ir::Miss{"bias-clamp", "", "a bias does not fit"};
    }
    codes->values[c] = static_cast<std::int32_t>(code);
  }
  return made;
}

std::size_t ConstantsAreMine(const ir::Program& program, ir::ValueId value) {
  return program.ConstantOf(value) != nullptr ? 1 : fold::ReadersOf(program, value);
}

std::size_t DequantizesAreMine(const ir::Program& program, ir::ValueId value) {
  return program.ConstantOf(value) == nullptr ? 1 : fold::ReadersOf(program, value);
}

}  // namespace

std::vector<Mutant> BiasMutants() {
  std::vector<Mutant> mutants;
  const auto add = [&](std::string_view name, std::string_view breaks, auto change) {
    mutants.push_back(MutantOf(name, breaks, fold::Policy::kRepair, change));
  };
  add("no-zero-bias", "biases: none where there was none", [](FoldRules&) {});
  mutants.back().options.default_zero_bias = false;
  add("zero-bias-of-output", "a zero bias has as many entries as the output's dimension 1",
      [](FoldRules& rules) { rules.read_conv = ChannelsOfOutput; });
  add("zero-bias-of-weight", "a zero bias has as many entries as the weight's dimension 0",
      [](FoldRules& rules) { rules.read_conv = ChannelsOfWeight; });
  const auto add_codes = [&](std::string_view name, std::string_view breaks,
                             decltype(FoldRules::bias_codes) codes) {
    add(name, breaks, [&](FoldRules& rules) { rules.bias_codes = codes; });
  };
  add_codes("zero-bias-of-ones", "a zero bias, and each float one, is one code more",
            EachBias<[](const BiasNumbers& n) { return Round(n.bias / n.scale) + 1; }>);
  add_codes("float-bias-forgotten", "a float bias becomes zeros",
            EachBias<[](const BiasNumbers&) { return 0.0; }>);
  add_codes("float-bias-truncated", "a float bias is rounded towards zero",
            EachBias<[](const BiasNumbers& n) { return std::trunc(n.bias / n.scale); }>);
  add_codes("float-bias-at-input-scale", "a float bias is divided by s_x alone",
            EachBias<[](const BiasNumbers& n) { return Round(n.bias / n.input_scale); }>);
  add_codes("float-bias-at-first-scale", "a float bias is divided by channel 0's scale, for all",
            EachBias<[](const BiasNumbers& n) { return Round(n.bias / n.first_scale); }>);
  add_codes("float-bias-clamped", "a float bias is clamped where it does not fit",
            EachBias<[](const BiasNumbers& n) {
              return std::clamp(Round(n.bias / n.scale), -2147483648.0, 2147483647.0);
            }>);
  mutants.back().options.rules.sums_leave_int32 = HoldsAnySum;
  add("every-bias-quantized", "biases: also where no quantizer reads the convolution",
      [](FoldRules& rules) {
        rules.wants_bias = [](const ir::Graph&, ir::ValueId) { return true; };
      });
  add("shared-constant-changed", "a bias's constant is changed under its other readers",
      [](FoldRules& rules) { rules.readers = ConstantsAreMine; });
  add("shared-dequantize-changed", "a dequantized bias is changed under its other readers",
      [](FoldRules& rules) { rules.readers = DequantizesAreMine; });
  return mutants;
}

}  // namespace foldproof::mutants
