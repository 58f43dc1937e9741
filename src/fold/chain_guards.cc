// SPDX-License-Identifier: BSD-3-Clause
//
// Folding C into the bias is right where batch_norm undoes the chain's division exactly, that is
// where both have the same factor s per channel, and where nobody else sees what changes.
#include "src/fold/chain_guards.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "src/fold/accumulator_range.h"
#include "src/fold/product.h"
#include "src/fold/upstream/chain_type.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Miss;
using ir::Node;
using ir::ValueId;

using Outcome = std::optional<Miss>;

const Node& NodeOfChain(const Candidate& c, ir::NodeId id) { return c.program->graph.node(id); }

Miss Fails(const Candidate& c, const char* rule, ir::NodeId node, std::string detail) {
  return {rule, NodeOfChain(c, node).name, std::move(detail)};
}

std::string ChannelText(std::size_t channel) { return "channel " + std::to_string(channel); }

// f32(variance + f32(eps)), as PyTorch computes it; exact in float64 before the one rounding. In a
// half type that is rounded once more.
float Shifted(const Candidate& c, std::size_t channel, double eps) {
  const auto sum = static_cast<float>(c.channels.variance[channel] +
                                      static_cast<double>(static_cast<float>(eps)));
  return RoundedTo(c.channels.type, sum);
}

const ir::BatchNorm& Norm(const Candidate& c) {
  return std::get<ir::BatchNorm>(NodeOfChain(c, c.chain.norm).op);
}

// batch_norm's channel is dimension 1, a convolution's too, but for an unbatched input, whose
// channels are dimension 0; a linear's is the last dimension.
Outcome BatchedChain(const Candidate& c) {
  const Node& conv = NodeOfChain(c, c.chain.conv);
  const auto& type = c.program->graph.value(conv.outputs.front()).type;
  if (type && type->rank() == ReadProduct(conv)->value_rank) return std::nullopt;
  return Fails(c, "axis-mismatch", c.chain.norm,
               "dimension 1 of its input is not the output channels of " + conv.name);
}

// [1, C, 1, 1], or with leading ones left out: broadcast against the conv's value it goes along
// dimension 1.
bool AlongChannels(const Candidate& c, ValueId value) {
  const auto& type = c.program->graph.value(value).type;
  const auto& conv = c.program->graph.value(NodeOfChain(c, c.chain.conv).outputs.front()).type;
  if (!type || !conv || !type->is_static() || type->rank() > conv->rank()) return false;
  const std::size_t missing = conv->rank() - type->rank();
  for (std::size_t i = 0; i < type->rank(); ++i) {
    const bool channel = i + missing == 1;
    const std::int64_t wanted =
        channel ? static_cast<std::int64_t>(c.channels.weight.size()) : std::int64_t{1};
    if (type->dims[i].size != wanted) return false;
  }
  return missing <= 1 || c.channels.weight.size() == 1;
}

Outcome ScaleAxis(const Candidate& c) {
  if (AlongChannels(c, c.chain.reshaped_scale)) return std::nullopt;
  return Fails(c, "axis-mismatch", c.chain.div, "its divisor does not go along the channels");
}

Outcome BiasAxis(const Candidate& c) {
  if (!c.chain.reshaped_bias || AlongChannels(c, *c.chain.reshaped_bias)) return std::nullopt;
  return Fails(c, "axis-mismatch", *c.chain.add,
               "its second operand does not go along the channels");
}

Outcome PlainDivision(const Candidate& c) {
  if (!c.chain.scale_rounded) return std::nullopt;
  return Fails(c, "float-op-between-quantizers", c.chain.div,
               "a division of the chain has a rounding_mode, which batch_norm does not undo");
}

Outcome ValueAlpha(const Candidate& c) {
  if (c.chain.value_alpha == 1) return std::nullopt;
  return Fails(c, "alpha-ignored", *c.chain.add, "its alpha scales the convolution's value");
}

Outcome Numerator(const Candidate& c) {
  if (c.channels.numerator == c.channels.weight) return std::nullopt;
  return Fails(c, "numerator-mismatch", c.chain.div,
               "the chain's numerator is not this batch_norm's weight");
}

Outcome Variance(const Candidate& c) {
  if (c.channels.chain_variance == c.channels.variance) return std::nullopt;
  return Fails(c, "variance-mismatch", c.chain.div,
               "the chain's variance is not this batch_norm's running_var");
}

// By how many of its steps the sum of accumulator and bias of channel i can move at most where the
// chain divides by the root with its eps and batch_norm multiplies by that with its own, in
// float64:
//   |A + q| * |sqrt((variance + eps_chain) / (variance + eps_norm)) - 1|
double StepsMoved(const Candidate& c, const std::vector<RealRange>& accumulators, std::size_t i) {
  const double variance = c.channels.variance[i];
  const double ratio = std::sqrt((variance + c.chain.eps) / (variance + Norm(c).eps));
  const auto code = static_cast<double>(c.bias.values[i] - c.bias.ZeroPoint(i));
  const RealRange& sum = accumulators[i];
  return (std::abs(code) + std::max(-sum.low, sum.high)) * std::abs(ratio - 1);
}

// Two eps are one where they make the same float32 number of every variance, and what float64 tells
// apart moves no sum: beside a variance of 0 and a bias near 2^31 it would by dozens of steps. In a
// half type batch_norm computes in float32, so that they make no same number.
Outcome Eps(const Candidate& c) {
  constexpr double kMostSteps = 0x1p-7;
  if (c.chain.eps == Norm(c).eps) return std::nullopt;
  const auto accumulators = AccumulatorRanges(*c.program, NodeOfChain(c, c.chain.conv));
  for (std::size_t i = 0; i < c.channels.variance.size(); ++i) {
    const bool same = c.channels.type == ir::ScalarType::kFloat32 &&
                      Shifted(c, i, c.chain.eps) == Shifted(c, i, Norm(c).eps);
    if (same && accumulators && StepsMoved(c, *accumulators, i) <= kMostSteps) continue;
    return Fails(c, "eps-mismatch", c.chain.norm,
                 "the chain's eps is not this batch_norm's, and " + ChannelText(i) + " feels it");
  }
  return std::nullopt;
}

Outcome FiniteChain(const Candidate& c) {
  for (std::size_t i = 0; i < c.channels.weight.size(); ++i) {
    const float shifted = Shifted(c, i, Norm(c).eps);
    const bool finite = std::isfinite(c.channels.weight[i]) && std::isfinite(c.channels.bias[i]) &&
                        std::isfinite(c.channels.mean[i]) &&
                        std::isfinite(c.channels.original_bias[i]) && std::isfinite(shifted) &&
                        shifted > 0;
    if (finite) continue;
    return Fails(c, "nonfinite", c.chain.norm,
                 "a parameter of " + ChannelText(i) +
                     " is NaN or infinite, or its variance plus eps is not above 0");
  }
  return std::nullopt;
}

ir::QuantParams DequantizeOfChain(const Candidate& c) {
  return ir::ReadDequantize(c.program->graph, &NodeOfChain(c, *c.chain.dequantize))->params;
}

// |s| of a channel, in float64.
double FactorOf(const Candidate& c, std::size_t channel) {
  return std::abs(c.channels.weight[channel]) /
         std::sqrt(static_cast<double>(Shifted(c, channel, Norm(c).eps)));
}

// The largest |v| that the chain divides, by channel: what its quantizer's codes stand for, or
// without one every sum of products with its bias. Empty where nothing bounds it.
std::vector<double> LargestDivided(const Candidate& c) {
  std::vector<double> largest(c.channels.weight.size(), 0);
  if (c.chain.dequantize) {
    const ir::QuantParams codes = DequantizeOfChain(c);
    std::ranges::fill(
        largest,
        codes.scale * std::max(std::abs(static_cast<double>(codes.quant_min - codes.zero_point)),
                               std::abs(static_cast<double>(codes.quant_max - codes.zero_point))));
    return largest;
  }
  const Node& conv = NodeOfChain(c, c.chain.conv);
  const auto sums = AccumulatorRanges(*c.program, conv);
  const auto read = ReadQuantizedConv(*c.program, conv);
  const auto* quantized = std::get_if<QuantizedConv>(&read);
  if (quantized == nullptr || !sums || sums->size() != largest.size()) return {};
  for (std::size_t i = 0; i < largest.size(); ++i) {
    const double unit = quantized->input.scale * quantized->WeightScale(i);
    const auto code = static_cast<double>(c.bias.values[i] - c.bias.ZeroPoint(i));
    largest[i] =
        std::max(-(*sums)[i].low, (*sums)[i].high) * unit + std::abs(code) * c.bias.Scale(i);
  }
  return largest;
}

// The largest that v / s with an original bias, and the fold's own bias, can be.
double LargestMade(const Candidate& c, std::size_t i, double divided, double s) {
  const double original = std::abs(c.chain.bias_alpha * c.channels.original_bias[i]);
  const auto code = static_cast<double>(c.bias.values[i] - c.bias.ZeroPoint(i));
  return std::max(divided / s + original, std::abs(code) * c.bias.Scale(i) +
                                              (original + std::abs(c.channels.mean[i])) * s +
                                              std::abs(c.channels.bias[i]));
}

// v / s must exist for every v: s = 0 makes it 0/0, a tiny s overflows or has lost its digits.
Outcome Defined(const Candidate& c) {
  const std::vector<double> largest = LargestDivided(c);
  if (largest.empty()) {
    return Fails(c, "undefined-before", c.chain.div, "nothing bounds the value that it divides");
  }
  const ChainType format = ChainTypeOf(c.channels.type);
  for (std::size_t i = 0; i < c.channels.weight.size(); ++i) {
    const double s = FactorOf(c, i);
    if (s >= format.smallest_normal && s <= format.largest &&
        LargestMade(c, i, largest[i], s) <= format.largest) {
      continue;
    }
    return Fails(c, "undefined-before", c.chain.div,
                 "dividing " + ChannelText(i) + " by its scale is 0/0 or overflows");
  }
  return std::nullopt;
}

// The largest number of channel i that its value meets behind the division, scaled back by s. In a
// half type the fold's own bias is rounded as coarsely, so what goes into it counts, too.
double LargestMet(const Candidate& c, std::size_t i) {
  const double met = std::max(std::abs(c.chain.bias_alpha * c.channels.original_bias[i]),
                              std::abs(c.channels.mean[i])) *
                     FactorOf(c, i);
  if (c.channels.type == ir::ScalarType::kFloat32) return met;
  const auto code = static_cast<double>(c.bias.values[i] - c.bias.ZeroPoint(i));
  return std::max({met, std::abs(c.channels.bias[i]), std::abs(code) * c.bias.Scale(i)});
}

// The chain's own type must not lose the value: where in float32 v / s meets an original bias or a
// mean that is larger by 2^24, v is gone before batch_norm multiplies it up again. Twice its half
// unit in the last place, scaled back by s, stays below half a step of the quantizer before it, or
// where there is none below half a step of the bias.
Outcome Resolved(const Candidate& c) {
  const double last_place = ChainTypeOf(c.channels.type).step();
  for (std::size_t i = 0; i < c.channels.weight.size(); ++i) {
    const double step = c.chain.dequantize ? DequantizeOfChain(c).scale : c.bias.Scale(i);
    if (LargestMet(c, i) * last_place <= step / 2) continue;
    return Fails(c, "rounding", c.chain.norm,
                 "in " + std::string(ir::Name(c.channels.type)) + " the value of " +
                     ChannelText(i) + " is lost in the original bias or the mean");
  }
  return std::nullopt;
}

bool ReadOnce(const Candidate& c, ir::NodeId id) {
  const Node& node = NodeOfChain(c, id);
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    if (c.program->graph.users(node.outputs[i]).size() != (i == 0 ? 1u : 0u)) return false;
  }
  return true;
}

Outcome OneReaderOfChain(const Candidate& c) {
  const std::optional<ir::NodeId> inner[] = {c.chain.conv, c.chain.quantize, c.chain.dequantize,
                                             c.chain.div, c.chain.add};
  for (const auto& id : inner) {
    if (!id || ReadOnce(c, *id)) continue;
    return Fails(c, "other-user-changed", *id, "someone outside of the chain reads it");
  }
  const Node& norm = NodeOfChain(c, c.chain.norm);
  for (std::size_t i = 1; i < norm.outputs.size(); ++i) {
    if (c.program->graph.users(norm.outputs[i]).empty()) continue;
    return Fails(c, "other-user-changed", c.chain.norm, "someone reads its statistics");
  }
  return std::nullopt;
}

// dequantize(quantize(v + C)) is v + C up to rounding where both have one scale and zero point.
Outcome SameCodes(const Candidate& c) {
  if (!c.chain.quantize) return std::nullopt;
  const ir::QuantParams quantize =
      ir::ReadQuantize(c.program->graph, &NodeOfChain(c, *c.chain.quantize))->params;
  const ir::QuantParams dequantize = DequantizeOfChain(c);
  if (quantize.scale == dequantize.scale && quantize.zero_point == dequantize.zero_point) {
    return std::nullopt;
  }
  return Fails(c, "ideal-gap", *c.chain.dequantize,
               "it has another scale or zero point than its quantize");
}

Outcome BiasLength(const Candidate& c) {
  if (c.bias.values.size() == c.channels.weight.size()) return std::nullopt;
  return Fails(c, "bias-length", c.chain.conv,
               "its bias has " + std::to_string(c.bias.values.size()) + " entries for " +
                   std::to_string(c.channels.weight.size()) + " channels");
}

constexpr Guard kChainGuards[] = {
    {"batched", BatchedChain},   {"scale-axis", ScaleAxis},
    {"bias-axis", BiasAxis},     {"plain-division", PlainDivision},
    {"value-alpha", ValueAlpha}, {"one-reader", OneReaderOfChain},
    {"same-codes", SameCodes},   {"bias-length", BiasLength},
    {"finite", FiniteChain},     {"numerator", Numerator},
    {"variance", Variance},      {"eps", Eps},
    {"defined", Defined},        {"resolved", Resolved},
};

}  // namespace

std::span<const Guard> Guards() { return kChainGuards; }

std::optional<Miss> FirstFailure(const Candidate& candidate, std::span<const Guard> guards) {
  for (const Guard& guard : guards) {
    if (auto miss = guard.check(candidate)) return miss;
  }
  return std::nullopt;
}

}  // namespace foldproof::fold
