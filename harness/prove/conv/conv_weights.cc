// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/constants/widened_half.h"
#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/conv/conv_reader.h"
#include "harness/prove/conv/rounded_codes.h"
#include "harness/prove/conv/weight_places.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostZeroPoint = std::int64_t{1} << 20;

// Where the codes lie: in the program's storage where that has no gaps, else gathered.
WeightCodes WeightCodesOf(const ConvReader& reader, ir::ValueId value,
                          std::vector<std::int64_t>& sizes) {
  WeightCodes out;
  const ir::Program& program = reader.view.program();
  if (const ir::Constant* stored = program.ConstantOf(value)) {
    out.dtype = stored->type.dtype;
    sizes = stored->type.sizes();
    if (const auto view = ir::ContiguousView(*stored, program.storages[stored->storage])) {
      out.bytes = *view;
      return out;
    }
  }
  const auto computed = reader.constants.Find(value);
  exec::Tensor tensor =
      computed != nullptr ? computed->value : reader.ConstantTensor(value, "its weight");
  out.dtype = tensor.dtype;
  sizes = tensor.sizes;
  out.Own(std::move(tensor.bytes));
  return out;
}

struct WeightParameters {
  std::vector<double> scales;
  std::vector<std::int64_t> zero_points;
  ir::ScalarType difference = ir::ScalarType::kInt64;  // in which q - z is taken
};

WeightParameters ParametersOf(const ConvReader& reader, const ir::Node& node,
                              const ir::DequantizePerChannel& dq, ir::ScalarType codes,
                              std::size_t entries) {
  WeightParameters out;
  out.scales =
      AsFloats(reader.ConstantTensor(reader.view.Read(node.id, dq.params.scales), "its scales"),
               "its weight's scales");
  out.zero_points.assign(entries, 0);
  if (dq.params.zero_points) {
    const exec::Tensor tensor =
        reader.ConstantTensor(reader.view.Read(node.id, *dq.params.zero_points), "its zero points");
    out.zero_points = AsIntegers(tensor);
    out.difference = DifferenceType(codes, tensor.dtype);
  }
  if (out.scales.size() != entries || out.zero_points.size() != entries) {
    throw NoIntegers{"its weight has " + std::to_string(out.scales.size()) + " scales and " +
                     std::to_string(out.zero_points.size()) + " zero points for " +
                     std::to_string(entries) + " channels"};
  }
  return out;
}

// The dimension of a weight that its output channels lie along.
std::int64_t OutputAxis(const ir::Convolution& op) { return op.transposed ? 1 : 0; }

void ReadWeightPerChannel(const ConvReader& reader, const ir::Node& node,
                          const ir::DequantizePerChannel& dq, ConvSide& side) {
  if (dq.params.axis != OutputAxis(side.op)) {
    throw NoIntegers{"its weight scales vary along dimension " + std::to_string(dq.params.axis) +
                     ", not along the output channels"};
  }
  const std::size_t entries =
      side.op.transposed ? side.channels / static_cast<std::size_t>(side.op.groups) : side.channels;
  const WeightParameters parameters = ParametersOf(reader, node, dq, side.weights.dtype, entries);
  // 32 bits hold every difference: codes have 16, and zero points are below 2^20.
  if (ir::ElementSize(parameters.difference) < 4) side.weights.difference = parameters.difference;
  for (std::size_t c = 0; c < side.channels; ++c) {
    side.weight_scales.push_back(parameters.scales[c % entries]);
    side.weight_zero_points.push_back(parameters.zero_points[c % entries]);
  }
}

// The scale of each code, in the order of the codes.
std::vector<double> CodeScales(const ConvReader& reader, const ir::Node& node,
                               const ir::DequantizePerChannel& dq,
                               const std::vector<std::int64_t>& sizes) {
  const std::vector<double> scales =
      AsFloats(reader.ConstantTensor(reader.view.Read(node.id, dq.params.scales), "its scales"),
               "its weight's scales");
  const auto axis = static_cast<std::size_t>(dq.params.axis);
  std::size_t stride = 1, count = 1;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    count *= static_cast<std::size_t>(sizes[d]);
    if (d > axis) stride *= static_cast<std::size_t>(sizes[d]);
  }
  if (axis >= sizes.size() || scales.size() != static_cast<std::size_t>(sizes[axis])) {
    throw NoIntegers{"its weight has " + std::to_string(scales.size()) +
                     " scales along dimension " + std::to_string(axis)};
  }
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = scales[i / stride % scales.size()];
  return out;
}

template <typename T>
T CodeAt(std::span<const std::byte> bytes, std::size_t index) {
  T code;
  std::memcpy(&code, bytes.data() + index * sizeof(T), sizeof(T));
  return code;
}

template <typename T>
void SubtractFrom(const std::byte* __restrict codes, std::int32_t zero_point,
                  std::span<std::int32_t> differences) {
  std::int32_t* __restrict out = differences.data();
  for (std::size_t i = 0; i < differences.size(); ++i) {
    T code;
    std::memcpy(&code, codes + i * sizeof(T), sizeof(T));
    out[i] = static_cast<std::int32_t>(code) - zero_point;
  }
}

// w_q - z_w, in the type that it is taken in.
std::int32_t Difference(const WeightCodes& codes, std::int32_t exact) {
  if (codes.difference == ir::ScalarType::kInt64) return exact;
  return static_cast<std::int32_t>(Wrap(codes.difference, exact));  // of at most 16 bits
}

template <typename T>
std::vector<std::int32_t> Gather(const ConvSide& side, std::size_t channel) {
  std::vector<std::int32_t> out(side.taps);
  const std::span<const std::byte> codes = side.weights.bytes;
  const auto z = static_cast<std::int32_t>(side.weight_zero_points[channel]);
  if (side.op.transposed) {
    ForEachTap(side, channel, [&](std::size_t tap, std::size_t place) {
      out[tap] = static_cast<std::int32_t>(CodeAt<T>(codes, place)) - z;
    });
  } else {  // the taps of a channel lie one behind the other
    const std::size_t from = channel * side.taps * sizeof(T);
    FP_CHECK(from + side.taps * sizeof(T) <= codes.size());
    SubtractFrom<T>(codes.data() + from, z, out);
  }
  if (side.weights.difference != ir::ScalarType::kInt64) {
    for (std::int32_t& w : out) w = Difference(side.weights, w);
  }
  return out;
}

}  // namespace

std::vector<double> ConvSide::CodeStepsOf(std::size_t channel) const {
  if (code_scales.empty()) return {};
  std::vector<double> out(taps);
  ForEachTap(*this, channel, [&](std::size_t tap, std::size_t place) {
    out[tap] = std::abs(code_scales[place] / weight_scales[channel]);
  });
  return out;
}

std::vector<double> ConvSide::RemaindersOf(std::size_t channel) const {
  if (weight_remainders.empty()) return {};
  std::vector<double> out(taps);
  ForEachTap(*this, channel, [&](std::size_t tap, std::size_t place) {
    out[tap] = kRemainder * weight_remainders[place];
  });
  return out;
}

std::vector<std::int32_t> ConvSide::WeightsOf(std::size_t channel, RootStep step) const {
  const auto codes = [&]() -> std::vector<std::int32_t> {
    switch (weights.dtype) {
      case ir::ScalarType::kInt8: return Gather<std::int8_t>(*this, channel);
      case ir::ScalarType::kUInt8: return Gather<std::uint8_t>(*this, channel);
      case ir::ScalarType::kInt16: return Gather<std::int16_t>(*this, channel);
      case ir::ScalarType::kUInt16: return Gather<std::uint16_t>(*this, channel);
      // Float weights.
      case ir::ScalarType::kInt32: return Gather<std::int32_t>(*this, channel);
      default: FP_CHECK(!"a weight of 8 or 16 bits"); return {};
    }
  };
  std::vector<std::int32_t> out = codes();
  if (step == RootStep::kNone || RootOfWeights(channel) == kNoRoot) return out;
  const auto z = static_cast<std::int32_t>(weight_zero_points[channel]);
  for (const SteppedCode& changed : weights.stepped[step == RootStep::kUp ? 1 : 0]) {
    if (ChannelOfWeight(*this, changed.place) != channel) continue;
    out[TapOfWeight(*this, changed.place)] = Difference(weights, changed.code - z);
  }
  return out;
}

namespace {

// Channels, taps and kernel positions of a weight of `sizes`, which has `count` elements.
void ReadShape(const std::vector<std::int64_t>& sizes, std::size_t count, ConvSide& side) {
  if (sizes.size() != side.op.spatial() + 2) throw NoIntegers{"its weight has the wrong rank"};
  if (side.op.transposed && sizes[0] % side.op.groups != 0) {
    throw NoIntegers{"its groups do not divide its input channels"};
  }
  side.channels =
      static_cast<std::size_t>(side.op.transposed ? sizes[1] * side.op.groups : sizes[0]);
  if (side.channels == 0 || count == 0) throw NoIntegers{"its weight is empty"};
  side.taps = count / side.channels;
  side.kernel = 1;
  for (std::size_t d = 2; d < sizes.size(); ++d) side.kernel *= static_cast<std::size_t>(sizes[d]);
}

}  // namespace

namespace {

struct StoredFloats {
  std::vector<float> numbers;
  std::vector<std::int64_t> sizes;
  FloatFormat format;
};

// float32 numbers, or a constant of float16 or bfloat16 that is cast to float32, which is exact.
StoredFloats FloatsOf(const ConvReader& reader, ir::ValueId value) {
  const ir::Node* maker = reader.graph().ProducerOf(value);
  const auto* cast = maker != nullptr ? std::get_if<ir::Cast>(&maker->op) : nullptr;
  if (cast != nullptr && cast->dtype == ir::ScalarType::kFloat32) {
    const ir::ValueId from = reader.view.Read(maker->id, cast->input);
    if (const auto wide = WidenedHalf(reader.view.program(), from)) {
      const auto dtype = reader.view.program().ConstantOf(from)->type.dtype;
      return {wide->value.Elements<float>(), wide->value.sizes,
              dtype == ir::ScalarType::kFloat16 ? kFloat16 : kBFloat16};
    }
  }
  const exec::Tensor tensor = reader.ConstantTensor(value, "its weight");
  if (tensor.dtype != ir::ScalarType::kFloat32) {
    throw NoIntegers{"its weight holds " + std::string(ir::Name(tensor.dtype)) +
                     ", neither codes nor float32 numbers"};
  }
  return {tensor.Elements<float>(), tensor.sizes, {}};
}

}  // namespace

// Each number becomes round(a / step), step a power of two such that no code is above 2^30 and the
// sums of a channel stay below 2^52, where a float64 holds them exactly.
std::vector<std::int64_t> ConvReader::ReadFloatWeight(ConvSide& side) const {
  const ir::ValueId value = Operand(side.op.weight);
  StoredFloats stored = FloatsOf(*this, value);
  const std::vector<float>& numbers = stored.numbers;
  side.float_weights = true;
  side.weight_format = stored.format;
  side.weight_codes = value;
  side.weights.dtype = ir::ScalarType::kInt32;
  ReadShape(stored.sizes, numbers.size(), side);
  std::vector<double> largest(side.channels, 0), sums(side.channels, 0);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!std::isfinite(numbers[i])) throw NoIntegers{"its weight is not finite"};
    const double a = std::abs(static_cast<double>(numbers[i]));
    largest[ChannelOfWeight(side, i)] = std::max(largest[ChannelOfWeight(side, i)], a);
    sums[ChannelOfWeight(side, i)] += a;
  }
  const auto x = static_cast<double>(
      std::max({std::abs(side.input_range.low), std::abs(side.input_range.high), std::int64_t{1}}));
  for (std::size_t c = 0; c < side.channels; ++c) {
    const int by_code = std::ilogb(std::max(largest[c], 0x1p-120)) + 1 - 30;
    const int by_sum = std::ilogb(std::max(sums[c], 0x1p-120) * x) + 1 - 51;
    side.weight_scales.push_back(std::ldexp(1.0, std::max(by_code, by_sum)));
  }
  side.weight_zero_points.assign(side.channels, 0);
  std::vector<std::byte> codes(numbers.size() * sizeof(std::int32_t));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double a = static_cast<double>(numbers[i]) / side.weight_scales[ChannelOfWeight(side, i)];
    const auto code = static_cast<std::int32_t>(std::rint(a));
    std::memcpy(codes.data() + i * sizeof code, &code, sizeof code);
  }
  side.weights.Own(std::move(codes));
  return std::move(stored.sizes);
}

// |v - (sum a_t * x_t * s_x + b)| <= g * (sum |a_t * x_t| * s_x + |b|) + what the codes rounded:
// g = n * u / (1 - n * u), u = 2^-24, for n = taps + 3 roundings of whatever order: the input's own
// float32 rounding, that of a weight that is dequantized, the product, and at most one a term of
// the sum (docs/proof.md, eq. 27). The taps are those of one window: what a window does not read a
// kernel adds as zeros, which is exact, or not at all.
void ConvReader::BoundSums(ConvSide& side) const {
  const double own = side.float_weights ? 2 : 3;
  const auto x = static_cast<double>(
      std::max(std::abs(side.input_range.low), std::abs(side.input_range.high)));
  const double scale = RoundToFloat32(side.input_params.scale);
  for (std::size_t c = 0; c < side.channels; ++c) {
    const double step = std::abs(side.weight_scales[c]) * scale;
    double most = 0;
    for (const TapClass& window : side.tap_classes) {
      const std::vector<std::int32_t> weights = prove::WeightsOf(side, c, window);
      const auto taps = static_cast<double>(weights.size());
      const double roundings = (taps + own) * 0x1p-24;
      if (!(roundings < 0.5)) throw NoIntegers{"its sums have too many taps for a bound"};
      double sum = 0;
      for (const std::int32_t w : weights) sum += std::abs(static_cast<double>(w)) + 0.5;
      const double size = sum * x * step + std::abs(side.bias.value[c]);
      if (!(2 * size < static_cast<double>(std::numeric_limits<float>::max())))
        throw NoIntegers{"its sums may leave the range of float32"};
      const double gamma = roundings / (1 - roundings);
      const double coded = side.float_weights ? 0.5 * taps * x * step : 0;
      const double tiny = (taps + own) * 0x1p-148;  // subnormal products
      most = std::max(most, gamma * size + coded + tiny);
    }
    side.sum_error.push_back(most * (1 + 0x1p-20));
  }
}

void ConvReader::ReadWeight(ConvSide& side, bool floats) const {
  const ir::ValueId value = Operand(side.op.weight);
  const ir::Node* maker = graph().ProducerOf(value);
  const auto* tensor = maker ? std::get_if<ir::DequantizePerTensor>(&maker->op) : nullptr;
  const auto* channel = maker ? std::get_if<ir::DequantizePerChannel>(&maker->op) : nullptr;
  if (tensor == nullptr && channel == nullptr) {
    if (!floats) {
      throw NoIntegers{"its weight is not quantized: " + graph().value(value).name};
    }
    ReadFloatWeight(side);
    return;
  }
  // Scales along another dimension: no integer sum, but a sum of the numbers that are dequantized.
  const bool has_integers = channel == nullptr || channel->params.axis == OutputAxis(side.op);
  if (!has_integers && floats) {
    side.code_scales = CodeScales(*this, *maker, *channel, ReadFloatWeight(side));
    return;
  }
  side.weight_codes = view.Read(maker->id, tensor ? tensor->input : channel->input);
  std::vector<std::int64_t> sizes;
  side.weights = WeightCodesOf(*this, side.weight_codes, sizes);
  if (!ir::IsInteger(side.weights.dtype) || ir::ElementSize(side.weights.dtype) > 2) {
    throw NoIntegers{"its weight holds " + std::string(ir::Name(side.weights.dtype)) +
                     ", not 8 or 16 bit codes"};
  }
  ReadShape(sizes, side.weights.bytes.size() / ir::ElementSize(side.weights.dtype), side);
  if (tensor != nullptr) {
    side.weight_zero_points.assign(side.channels, tensor->params.zero_point);
    side.weight_scales.assign(side.channels, RoundToFloat32(tensor->params.scale));
  } else {
    ReadWeightPerChannel(*this, *maker, *channel, side);
  }
  for (const std::int64_t z : side.weight_zero_points) {
    if (std::abs(z) > kMostZeroPoint)
      throw NoIntegers{"its weight has zero point " + std::to_string(z)};
  }
  // Codes that are stored depend on no root.
  const auto computed = side.weights.owned ? constants.Find(side.weight_codes) : nullptr;
  if (computed != nullptr) ReadRoots(*computed, side);
  side.weight_remainders = RemaindersOfCodes(*this, side);
}

}  // namespace foldproof::prove
