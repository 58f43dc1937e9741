// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/quantization.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "harness/exec/eigen/elementwise.h"
#include "harness/exec/eigen/layout.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using ir::ScalarType;

// f32(x) of each element.
Tensor Narrowed(const RealTensor& tensor) {
  std::vector<float> narrow;
  narrow.reserve(tensor.elements.size());
  for (const double x : tensor.elements) narrow.push_back(static_cast<float>(x));
  return Tensor::Of(ScalarType::kFloat32, tensor.sizes, narrow);
}

// A tensor of the type that the program declares.
Tensor TypedScales(const ChannelScales& channels) {
  return channels.dtype == ScalarType::kFloat64 ? Stored(channels.scales)
                                                : Narrowed(channels.scales);
}

ChannelParams ParamsOfChannels(const ir::ChannelQuantParams& params,
                               const ChannelScales& channels) {
  ChannelParams out{TypedScales(channels), std::nullopt,     params.axis,
                    params.quant_min,      params.quant_max, params.dtype};
  if (!channels.zero_points) return out;
  const auto* reals = std::get_if<RealTensor>(&*channels.zero_points);
  out.zero_points = reals ? Narrowed(*reals) : Stored(*channels.zero_points);
  return out;
}

void CheckCodes(const IntegerTensor& codes, ScalarType dtype) {
  if (codes.dtype == dtype) return;
  Refuse(fmt::format("takes codes of {}, not {}", ir::Name(dtype), ir::Name(codes.dtype)));
}

// [channels] as a tensor that broadcasts along `axis` of `rank` dimensions.
NumericTensor AlongAxis(NumericTensor tensor, std::size_t axis, const Sizes& sizes) {
  Sizes along(sizes.size(), 1);
  along[axis] = sizes[axis];
  return Reshaped(std::move(tensor), std::move(along));
}

}  // namespace

IntegerTensor QuantizedOf(const RealTensor& input, const ir::QuantParams& params) {
  return std::get<IntegerTensor>(Widened(QuantizePerTensor(Narrowed(input), params)));
}

IntegerTensor QuantizedOf(const RealTensor& input, const ir::ChannelQuantParams& params,
                          const ChannelScales& channels) {
  return std::get<IntegerTensor>(
      Widened(QuantizePerChannel(Narrowed(input), ParamsOfChannels(params, channels))));
}

RealTensor DequantizedOf(const IntegerTensor& codes, const ir::QuantParams& params) {
  CheckCodes(codes, params.dtype);
  const double scale = RoundedTo(ScalarType::kFloat32, params.scale);
  RealTensor out{codes.sizes, {}};
  out.elements.reserve(codes.elements.size());
  for (const std::int64_t code : codes.elements) {
    out.elements.push_back(static_cast<double>(code - params.zero_point) * scale);
  }
  return out;
}

RealTensor DequantizedOf(const IntegerTensor& codes, const ir::ChannelQuantParams& params,
                         const ChannelScales& channels) {
  CheckCodes(codes, params.dtype);
  if (codes.sizes.empty()) Refuse("takes codes of at least one dimension");
  const std::size_t axis = DimensionOf(params.axis, codes.sizes.size());
  RealTensor scales = channels.scales;
  for (double& scale : scales.elements) scale = RoundedTo(channels.dtype, scale);
  NumericTensor shifted = codes;
  if (channels.zero_points) {
    const ir::Binary minus{.kind = ir::Binary::Kind::kSub, .self = 0.0, .other = 0.0};
    shifted =
        ApplyBinary(minus, std::move(shifted), AlongAxis(*channels.zero_points, axis, codes.sizes));
  }
  const ir::Binary times{.kind = ir::Binary::Kind::kMul, .self = 0.0, .other = 0.0};
  return std::get<RealTensor>(
      ApplyBinary(times, std::move(shifted), AlongAxis(std::move(scales), axis, codes.sizes)));
}

}  // namespace foldproof::exec::real
