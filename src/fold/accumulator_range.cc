// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/accumulator_range.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "src/fold/product.h"
#include "src/fold/quantized_conv.h"
#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

// The extreme sums of products of one output channel, for inputs of [low, high].
RealRange RangeOfProducts(std::span<const double> weights, double low, double high) {
  RealRange range;
  for (const double weight : weights) {
    range.low += weight * (weight > 0 ? low : high);
    range.high += weight * (weight > 0 ? high : low);
  }
  return range;
}

// What the input's codes stand for, in steps. Padding contributes zeros, so zero is among them.
RealRange RangeOfInput(const ir::QuantParams& input) {
  return {static_cast<double>(std::min<std::int64_t>(input.quant_min - input.zero_point, 0)),
          static_cast<double>(std::max<std::int64_t>(input.quant_max - input.zero_point, 0))};
}

// The weights of output channel `channel`: a row, or of a transposed convolution's weight
// [inputs, channels / groups, kernel...] a column of the channel's own group.
template <typename T>
std::vector<T> WeightsOf(const std::vector<T>& all, const Product& conv, std::size_t channels,
                         std::size_t first_dimension, std::size_t channel) {
  if (all.empty()) return {};
  if (!conv.transposed) {
    const std::size_t row = all.size() / channels;
    return {all.begin() + static_cast<std::ptrdiff_t>(channel * row),
            all.begin() + static_cast<std::ptrdiff_t>((channel + 1) * row)};
  }
  const auto groups = static_cast<std::size_t>(conv.groups);
  const std::size_t in_group = channels / groups;
  const std::size_t inputs = first_dimension / groups;
  const std::size_t kernel = all.size() / (first_dimension * in_group);
  std::vector<T> out;
  for (std::size_t i = 0; i < inputs; ++i) {
    const std::size_t input = (channel / in_group) * inputs + i;
    const std::size_t from = (input * in_group + channel % in_group) * kernel;
    out.insert(out.end(), all.begin() + static_cast<std::ptrdiff_t>(from),
               all.begin() + static_cast<std::ptrdiff_t>(from + kernel));
  }
  return out;
}

std::size_t FirstDimension(const ir::Program& program, const Product& conv) {
  return static_cast<std::size_t>(program.graph.value(conv.weight).type->dims[0].size);
}

// The same of weight codes that the program computes: each may be any code of its quantizer.
std::optional<std::vector<RealRange>> RangesOfUnknown(const ir::Program& program,
                                                      const Product& conv,
                                                      const QuantizedConv& quantized,
                                                      const RealRange& input) {
  const auto count = program.graph.value(conv.weight).type->element_count();
  if (!count || quantized.channels < 1) return std::nullopt;
  const double taps = static_cast<double>(*count) / static_cast<double>(quantized.channels);
  std::vector<RealRange> ranges(static_cast<std::size_t>(quantized.channels));
  for (std::size_t c = 0; c < ranges.size(); ++c) {
    for (const std::int64_t code : {quantized.weight_min, quantized.weight_max}) {
      const double weight[] = {static_cast<double>(code - quantized.WeightZeroPoint(c))};
      const RealRange one = RangeOfProducts(weight, input.low, input.high);
      ranges[c].low = std::min(ranges[c].low, taps * one.low);
      ranges[c].high = std::max(ranges[c].high, taps * one.high);
    }
  }
  return ranges;
}

std::optional<std::vector<RealRange>> RangesOfSums(const ir::Program& program, const Product& conv,
                                                   const QuantizedConv& quantized) {
  const auto codes = CodesOf(program, quantized.weight_codes);
  const RealRange input = RangeOfInput(quantized.input);
  if (!codes) return RangesOfUnknown(program, conv, quantized, input);
  const std::size_t first_dimension = FirstDimension(program, conv);
  const auto channels = static_cast<std::size_t>(quantized.channels);
  std::vector<RealRange> ranges;
  for (std::size_t c = 0; c < channels; ++c) {
    std::vector<double> weights;
    for (const std::int64_t code : WeightsOf(*codes, conv, channels, first_dimension, c)) {
      weights.push_back(static_cast<double>(code - quantized.WeightZeroPoint(c)));
    }
    ranges.push_back(RangeOfProducts(weights, input.low, input.high));
  }
  return ranges;
}

// The numbers of a weight of float32, or of one whose scales lie along any of its dimensions:
// w = (code - zero point) * scale.
std::optional<std::vector<double>> WeightNumbers(const ir::Program& program, const Product& conv) {
  const ir::Node* maker = program.graph.ProducerOf(conv.weight);
  const auto* dequantize =
      maker == nullptr ? nullptr : std::get_if<ir::DequantizePerChannel>(&maker->op);
  if (dequantize == nullptr) return RealsOf(program, conv.weight);
  const auto codes = CodesOf(program, dequantize->input);
  const auto scales = RealsOf(program, dequantize->params.scales);
  if (!codes || !scales) return std::nullopt;
  std::vector<std::int64_t> zero_points(scales->size(), 0);
  if (dequantize->params.zero_points) {
    const auto stored = CodesOf(program, *dequantize->params.zero_points);
    if (!stored || stored->size() != scales->size()) return std::nullopt;
    zero_points = *stored;
  }
  const std::vector<std::int64_t> sizes = program.graph.value(conv.weight).type->sizes();
  const auto axis = static_cast<std::size_t>(dequantize->params.axis);
  if (axis >= sizes.size() || static_cast<std::size_t>(sizes[axis]) != scales->size()) {
    return std::nullopt;
  }
  std::size_t inner = 1;
  for (std::size_t d = axis + 1; d < sizes.size(); ++d) inner *= static_cast<std::size_t>(sizes[d]);
  std::vector<double> out;
  out.reserve(codes->size());
  for (std::size_t i = 0; i < codes->size(); ++i) {
    const std::size_t at = i / inner % scales->size();
    out.push_back(static_cast<double>((*codes)[i] - zero_points[at]) * (*scales)[at]);
  }
  return out;
}

// A kernel sums the n products of a channel in float32, in any order, of an input and weights that
// were rounded to it: it is within (n + 3) * 2^-24 of the sum of their sizes, and that again for
// what is of second order.
std::optional<std::vector<RealRange>> RangesOfFloatSums(const ir::Program& program,
                                                        const Product& conv) {
  const auto input = InputParams(program, conv);
  const auto channels = OutputChannels(program.graph, conv);
  if (!input || !channels || *channels < 1) return std::nullopt;
  const auto numbers = WeightNumbers(program, conv);
  const std::size_t first_dimension = FirstDimension(program, conv);
  const auto count = program.graph.value(conv.weight).type->element_count();
  if (!numbers || !count || static_cast<std::int64_t>(numbers->size()) != *count) {
    return std::nullopt;
  }
  const RealRange steps = RangeOfInput(*input);
  const RealRange x{steps.low * input->scale, steps.high * input->scale};
  std::vector<RealRange> ranges;
  for (std::size_t c = 0; c < static_cast<std::size_t>(*channels); ++c) {
    const std::vector<double> weights =
        WeightsOf(*numbers, conv, static_cast<std::size_t>(*channels), first_dimension, c);
    RealRange range = RangeOfProducts(weights, x.low, x.high);
    double sizes = 0;
    for (const double w : weights) sizes += std::abs(w) * std::max(-x.low, x.high);
    const double rounding = (static_cast<double>(weights.size()) + 3) * 0x1p-23 * sizes;
    ranges.push_back({range.low - rounding, range.high + rounding});
  }
  return ranges;
}

}  // namespace

std::optional<std::vector<RealRange>> AccumulatorRanges(const ir::Program& program,
                                                        const ir::Node& conv) {
  const auto read = ReadQuantizedConv(program, conv);
  const auto* quantized = std::get_if<QuantizedConv>(&read);
  if (quantized == nullptr) return std::nullopt;
  return RangesOfSums(program, ReadProduct(conv).value(), *quantized);
}

std::optional<std::vector<RealRange>> ProductRanges(const ir::Program& program,
                                                    const ir::Node& conv) {
  const Product op = ReadProduct(conv).value();
  const auto read = ReadQuantizedConv(program, conv);
  const auto* quantized = std::get_if<QuantizedConv>(&read);
  if (quantized == nullptr) return RangesOfFloatSums(program, op);
  auto ranges = RangesOfSums(program, op, *quantized);
  for (std::size_t c = 0; ranges && c < ranges->size(); ++c) {
    const double unit = quantized->input.scale * quantized->WeightScale(c);
    (*ranges)[c] = {(*ranges)[c].low * unit, (*ranges)[c].high * unit};
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
