// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/accumulator_range.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>

#include "src/fold/quantized_conv.h"
#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

// The extreme sums of products of one output channel, in accumulator units. Padding contributes
// zeros, so zero is among what an input code stands for.
RealRange RangeOfChannel(std::span<const std::int64_t> weights, std::int64_t zero_point,
                         const ir::QuantParams& input) {
  const auto low =
      static_cast<double>(std::min<std::int64_t>(input.quant_min - input.zero_point, 0));
  const auto high =
      static_cast<double>(std::max<std::int64_t>(input.quant_max - input.zero_point, 0));
  RealRange range;
  for (const std::int64_t code : weights) {
    const auto weight = static_cast<double>(code - zero_point);
    range.low += weight * (weight > 0 ? low : high);
    range.high += weight * (weight > 0 ? high : low);
  }
  return range;
}

// The weight codes of output channel `channel`: a row, or of a transposed convolution's weight
// [inputs, channels / groups, kernel...] a column of the channel's own group.
std::vector<std::int64_t> WeightsOf(const std::vector<std::int64_t>& codes,
                                    const ir::Convolution& conv, std::size_t channels,
                                    std::size_t first_dimension, std::size_t channel) {
  if (codes.empty()) return {};
  if (!conv.transposed) {
    const std::size_t row = codes.size() / channels;
    return {codes.begin() + static_cast<std::ptrdiff_t>(channel * row),
            codes.begin() + static_cast<std::ptrdiff_t>((channel + 1) * row)};
  }
  const auto groups = static_cast<std::size_t>(conv.groups);
  const std::size_t in_group = channels / groups;
  const std::size_t inputs = first_dimension / groups;
  const std::size_t kernel = codes.size() / (first_dimension * in_group);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < inputs; ++i) {
    const std::size_t input = (channel / in_group) * inputs + i;
    const std::size_t from = (input * in_group + channel % in_group) * kernel;
    out.insert(out.end(), codes.begin() + static_cast<std::ptrdiff_t>(from),
               codes.begin() + static_cast<std::ptrdiff_t>(from + kernel));
  }
  return out;
}

}  // namespace

std::optional<std::vector<RealRange>> AccumulatorRanges(const ir::Program& program,
                                                        const ir::Node& conv) {
  const auto read = ReadQuantizedConv(program, conv);
  const auto* quantized = std::get_if<QuantizedConv>(&read);
  if (quantized == nullptr) return std::nullopt;
  const auto codes = CodesOf(program, quantized->weight_codes);
  if (!codes) return std::nullopt;
  const auto& op = std::get<ir::Convolution>(conv.op);
  const auto first_dimension =
      static_cast<std::size_t>(program.graph.value(op.weight).type->dims[0].size);
  const auto channels = static_cast<std::size_t>(quantized->channels);
  std::vector<RealRange> ranges;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::vector<std::int64_t> weights = WeightsOf(*codes, op, channels, first_dimension, c);
    ranges.push_back(RangeOfChannel(weights, quantized->WeightZeroPoint(c), quantized->input));
  }
  return ranges;
}

std::optional<ir::Miss> SumsLeaveInt32(const ir::Program& program, const ir::Node& conv,
                                       std::span<const std::int32_t> bias_codes) {
  constexpr double kLowest = std::numeric_limits<std::int32_t>::min();
  constexpr double kHighest = std::numeric_limits<std::int32_t>::max();
  const auto ranges = AccumulatorRanges(program, conv);
  if (!ranges || ranges->size() != bias_codes.size()) return std::nullopt;
  for (std::size_t c = 0; c < bias_codes.size(); ++c) {
    const double code = bias_codes[c];
    if ((*ranges)[c].low + code >= kLowest && (*ranges)[c].high + code <= kHighest) continue;
    return ir::Miss{"accumulator-overflow", conv.name,
                    "int32 does not hold the accumulator of channel " + std::to_string(c) +
                        " and its bias together"};
  }
  return std::nullopt;
}

}  // namespace foldproof::fold
