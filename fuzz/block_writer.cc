// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/block_writer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "fuzz/block_numbers.h"
#include "fuzz/dimensions.h"

namespace foldproof::fuzz {
namespace {

constexpr ir::ScalarType kFloat32 = ir::ScalarType::kFloat32;

std::int64_t OutputSize(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                        std::int64_t dilation, std::int64_t padding, bool transposed) {
  const std::int64_t reach = dilation * (kernel - 1);
  if (transposed) return (in - 1) * stride - 2 * padding + reach + 1;
  const std::int64_t room = in + 2 * padding - reach - 1;
  return room < 0 ? 0 : room / stride + 1;
}

}  // namespace

void BlockWriter::ChooseLinearShape(const Sizes& input) {
  batched_ = true;
  inputs_ = static_cast<std::size_t>(input.back());
  outputs_ = static_cast<std::size_t>(kOutputs[block_.outputs]);
  result_ = input;
  result_.back() = static_cast<std::int64_t>(outputs_);
}

void BlockWriter::ChooseShape(const Sizes& input) {
  if (Linear()) return ChooseLinearShape(input);
  batched_ = input.size() == Spatial() + 2;
  inputs_ = static_cast<std::size_t>(input[batched_ ? 1 : 0]);
  outputs_ = static_cast<std::size_t>(kOutputs[block_.outputs]);
  groups_ = block_.groups == 2 ? inputs_ : block_.groups == 1 ? 2 : 1;
  if (block_.groups == 2) outputs_ = inputs_;
  if (inputs_ % groups_ != 0 || outputs_ % groups_ != 0) groups_ = 1;
  kernel_ = block_.kernel + 1;
  stride_ = block_.stride + 1;
  dilation_ = block_.dilation + 1;
  const auto padding = static_cast<Padding>(block_.padding);
  const auto op = static_cast<ConvOp>(block_.op);
  padding_ = padding == Padding::kOne && op != ConvOp::kNamedPadding ? 1 : 0;
  same_ = op == ConvOp::kNamedPadding && padding != Padding::kValid;
  if (same_) stride_ = 1;
  result_.clear();
  if (batched_) result_.push_back(input[0]);
  result_.push_back(static_cast<std::int64_t>(outputs_));
  bool fits = true;
  for (std::size_t d = 0; d < Spatial(); ++d) {
    const std::int64_t in = input[input.size() - Spatial() + d];
    const std::int64_t out =
        same_ ? in : OutputSize(in, kernel_, stride_, dilation_, padding_, Transposed());
    fits &= out > 0;
    result_.push_back(out);
  }
  if (fits) return;
  kernel_ = stride_ = dilation_ = 1;
  padding_ = 0;
  for (std::size_t d = 0; d < Spatial(); ++d) {
    result_[result_.size() - Spatial() + d] = input[input.size() - Spatial() + d];
  }
}

// The largest |A|: sum of |w_q - z_w| * max |x_q - z_x|, of the channel where it is largest.
void BlockWriter::NoteLargest(const std::vector<std::int64_t>& codes,
                              const std::vector<std::int64_t>& zeros,
                              const ir::QuantParams& input) {
  const std::int64_t most = std::max(std::abs(input.quant_min - input.zero_point),
                                     std::abs(input.quant_max - input.zero_point));
  const std::size_t taps = codes.size() / outputs_;
  std::int64_t largest = 1;
  for (std::size_t o = 0; o < outputs_; ++o) {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < taps; ++t) {
      sum += std::abs(codes[o * taps + t] - zeros[o % zeros.size()]);
    }
    largest = std::max(largest, sum * most);
  }
  written_.largest = largest;
}

BlockWriter::Sizes BlockWriter::WeightSizes() const {
  const auto inputs = static_cast<std::int64_t>(inputs_),
             outputs = static_cast<std::int64_t>(outputs_),
             groups = static_cast<std::int64_t>(groups_);
  Sizes sizes = Transposed() ? Sizes{inputs, outputs / groups} : Sizes{outputs, inputs / groups};
  for (std::size_t d = 0; d < Spatial(); ++d) sizes.push_back(kernel_);
  return sizes;
}

ir::QuantParams BlockWriter::WeightParams() const {
  const auto scale = static_cast<WeightScale>(block_.weight_scale);
  const bool affine = scale == WeightScale::kTensorAffine || scale == WeightScale::kChannelAffine;
  const auto type = static_cast<CodeType>(block_.weight_type);
  const bool four = static_cast<Bits>(block_.bits) == Bits::kFour;
  const std::int64_t middle = type == CodeType::kUInt8 ? (four ? 8 : 128) : 0;
  ir::QuantParams params =
      ParamsOf(type, 1.0 / 64, type != CodeType::kUInt8 && affine ? (four ? 1 : 3) : middle);
  if (four) {
    params.quant_min = middle - 8;
    params.quant_max = middle + 7;
  }
  return params;
}

std::vector<std::int64_t> BlockWriter::WeightCodes(const ir::QuantParams& params) const {
  const Hash hash(block_.numbers);
  const bool four = static_cast<Bits>(block_.bits) == Bits::kFour;
  const std::int64_t most = four ? 7 : 127;
  const std::int64_t middle = params.dtype == ir::ScalarType::kUInt8 ? most + 1 : 0;
  std::int64_t count = 1;
  for (const std::int64_t size : WeightSizes()) count *= size;
  std::vector<std::int64_t> codes;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t bits = hash.Bits("weight", static_cast<std::size_t>(i));
    const auto span = static_cast<std::uint64_t>(2 * most + 1);
    codes.push_back(static_cast<std::int64_t>(bits % span) - most + middle);
  }
  return codes;
}

// The same numbers as those of codes, and so with the same bounds.
ir::ValueId BlockWriter::FloatWeight(const Sizes& sizes) {
  std::vector<float> floats;
  for (const std::int64_t code : WeightCodes(ParamsOf(CodeType::kInt8, 1, 0))) {
    floats.push_back(static_cast<float>(code) / 64.0f + 1.0f / 1024.0f);
  }
  weight_scales_ = {1.0 / 64};
  written_.weight_scale = weight_scales_[0];
  return graph_.FloatTensor(Name("conv.weight"), sizes, floats);
}

ir::ValueId BlockWriter::Weight(const ir::QuantParams& input) {
  const Sizes sizes = WeightSizes();
  const auto scale = static_cast<WeightScale>(block_.weight_scale);
  const bool per_channel = (!Transposed() || IsDirect()) &&
                           static_cast<Weights>(block_.weights) == Weights::kCodes &&
                           (scale == WeightScale::kChannel || scale == WeightScale::kChannelAffine);
  const bool affine = scale == WeightScale::kTensorAffine || scale == WeightScale::kChannelAffine;
  const ir::QuantParams params = WeightParams();
  const std::size_t entries = Transposed() ? outputs_ / groups_ : outputs_;
  const std::vector<std::int64_t> codes = WeightCodes(params);
  std::vector<std::int64_t> zeros;
  weight_scales_.clear();
  std::vector<float> scales;
  for (std::size_t o = 0; o < (per_channel ? entries : 1); ++o) {
    zeros.push_back(affine && o % 2 == 1 ? params.zero_point + 2 : params.zero_point);
    scales.push_back(static_cast<float>(o + 1) / (per_channel ? 96.0f : 64.0f));
    weight_scales_.push_back(static_cast<double>(scales.back()));
  }
  const bool shares = static_cast<Sharing>(block_.sharing) == Sharing::kWeight &&
                      previous_ != nullptr && previous_->weight_sizes == sizes && !per_channel;
  written_.weight_sizes = sizes;
  NoteLargest(codes, zeros, input);
  if (shares) {
    weight_scales_ = {previous_->weight_scale};
    written_.weight_scale = previous_->weight_scale;
    return previous_->weight;
  }
  if (static_cast<Weights>(block_.weights) == Weights::kFloats) return FloatWeight(sizes);
  const ir::ValueId stored = graph_.Codes(Name("conv.weight"), params.dtype, sizes, codes);
  written_.weight_scale = weight_scales_[0];
  if (!per_channel) {
    ir::QuantParams of_tensor = params;
    of_tensor.scale = weight_scales_[0];
    return graph_.Dequantize(stored, of_tensor);
  }
  const ir::ValueId scale_values =
      graph_.Floats(Name("weight_scales"), ir::Constant::Kind::kBuffer, scales);
  const ir::ValueId zero_values = graph_.Int64s(Name("weight_zero_points"), zeros);
  return graph_.Node("quantized_decomposed.dequantize_per_channel.default",
                     {{"input", stored},
                      {"scales", scale_values},
                      {"zero_points", zero_values},
                      {"axis", std::int64_t{Transposed() ? 1 : 0}},
                      {"quant_min", params.quant_min},
                      {"quant_max", params.quant_max},
                      {"dtype", params.dtype}},
                     sizes);
}

ir::ArgumentValue BlockWriter::BiasOf(const ir::QuantParams& input) {
  const auto kind = static_cast<Bias>(block_.bias);
  const auto sharing = static_cast<Sharing>(block_.sharing);
  const bool fits = previous_ != nullptr && previous_->bias && previous_->outputs == outputs_;
  const bool shares = fits && ((sharing == Sharing::kBias && !previous_->float_bias) ||
                               (sharing == Sharing::kFloatBias && previous_->float_bias));
  if (shares) {
    written_.bias = previous_->bias;
    written_.float_bias = previous_->float_bias;
    return *previous_->bias;
  }
  if (kind == Bias::kNone) return ir::None{};
  const std::vector<std::int64_t> codes = BiasCodesOf(block_, outputs_, written_.largest);
  const double step = static_cast<double>(static_cast<float>(input.scale)) * weight_scales_[0];
  if (kind == Bias::kFloat) {
    std::vector<float> floats;
    for (const std::int64_t code : codes) {
      floats.push_back(static_cast<float>((static_cast<double>(code) + 0.3) * step));
    }
    written_.float_bias = true;
    written_.bias = graph_.Floats(Name("conv.bias"), ir::Constant::Kind::kParameter, floats);
    return *written_.bias;
  }
  const auto count = static_cast<std::int64_t>(outputs_);
  const ir::ValueId stored =
      graph_.Codes(Name("conv.bias_codes"), ir::ScalarType::kInt32, {count}, codes);
  if (kind == Bias::kQuantized && weight_scales_.size() == 1) {
    written_.bias =
        graph_.Dequantize(stored, {step, 0, INT32_MIN, INT32_MAX, ir::ScalarType::kInt32});
    return *written_.bias;
  }
  std::vector<float> scales;
  for (std::size_t o = 0; o < outputs_; ++o) {
    scales.push_back(static_cast<float>(static_cast<double>(static_cast<float>(input.scale)) *
                                        weight_scales_[o % weight_scales_.size()]));
  }
  const ir::ValueId scale_values =
      graph_.Floats(Name("bias_scales"), ir::Constant::Kind::kBuffer, scales);
  const ir::ValueId zero_values =
      graph_.Int64s(Name("bias_zero_points"), std::vector<std::int64_t>(outputs_, 0));
  written_.bias = graph_.Node("quantized_decomposed.dequantize_per_channel.default",
                              {{"input", stored},
                               {"scales", scale_values},
                               {"zero_points", zero_values},
                               {"axis", std::int64_t{0}},
                               {"quant_min", std::int64_t{INT32_MIN}},
                               {"quant_max", std::int64_t{INT32_MAX}},
                               {"dtype", ir::ScalarType::kInt32}},
                              {count});
  return *written_.bias;
}

ir::ValueId BlockWriter::Convolve(ir::ValueId input, ir::ValueId weight,
                                  const ir::ArgumentValue& bias) {
  const Sizes strides(Spatial(), stride_), dilations(Spatial(), dilation_),
      paddings(Spatial(), padding_);
  const auto groups = static_cast<std::int64_t>(groups_);
  const std::string dims = Spatial() == 2 ? "2d" : "1d";
  GraphWriter::Arguments arguments{{"input", input}, {"weight", weight}, {"bias", bias}};
  if (Linear()) return graph_.Node("aten.linear.default", std::move(arguments), result_);
  arguments.push_back({"stride", strides});
  switch (static_cast<ConvOp>(block_.op)) {
    case ConvOp::kPlain:
      arguments.insert(arguments.end(),
                       {{"padding", paddings}, {"dilation", dilations}, {"groups", groups}});
      return graph_.Node("aten.conv" + dims + ".default", std::move(arguments), result_);
    case ConvOp::kNamedPadding:
      arguments.insert(arguments.end(), {{"padding", std::string(same_ ? "same" : "valid")},
                                         {"dilation", dilations},
                                         {"groups", groups}});
      return graph_.Node("aten.conv" + dims + ".padding", std::move(arguments), result_);
    case ConvOp::kConvolution:
      arguments.insert(arguments.end(), {{"padding", paddings},
                                         {"dilation", dilations},
                                         {"transposed", false},
                                         {"output_padding", Sizes(Spatial(), 0)},
                                         {"groups", groups}});
      return graph_.Node("aten.convolution.default", std::move(arguments), result_);
    case ConvOp::kTransposed: break;
  }
  arguments.insert(arguments.end(), {{"padding", paddings},
                                     {"output_padding", Sizes(Spatial(), 0)},
                                     {"groups", groups},
                                     {"dilation", dilations}});
  return graph_.Node(
      Spatial() == 2 ? "aten.conv_transpose2d.input" : "aten.conv_transpose1d.default",
      std::move(arguments), result_);
}

// The quantizer that was calibrated on the values between convolution and chain.
ir::ValueId BlockWriter::QuantizedBefore(ir::ValueId value, std::vector<ir::ValueId>& extra) {
  const auto user = static_cast<ExtraUser>(block_.extra_user);
  const auto miss = static_cast<NearMiss>(block_.near_miss);
  const auto type = static_cast<CodeType>(block_.quantizer_type);
  const double codes = type == CodeType::kInt16 ? 65536 : 256;
  const auto room = static_cast<Room>(block_.room);
  const double width = room == Room::kRoomy ? 4 : room == Room::kTight ? 0.5 : 32;
  const Hash hash(block_.numbers);
  ir::QuantParams params = ParamsOf(
      type, width * unit_ / codes,
      static_cast<std::int64_t>(hash.Bits("zero", 0) % 16) + (type == CodeType::kUInt8 ? 120 : -8));
  if (miss == NearMiss::kNoDequantize) return value;
  const ir::ValueId quantized = graph_.Quantize(value, params);
  if (user == ExtraUser::kQuantize) extra.push_back(quantized);
  ir::QuantParams back = params;
  if (miss == NearMiss::kOtherCodes) back.scale *= 1.25;
  value = graph_.Dequantize(quantized, back);
  if (user == ExtraUser::kDequantize) extra.push_back(value);
  return value;
}

Flow BlockWriter::Write(const Flow& flow, std::vector<ir::ValueId>& extra) {
  ChooseShape(graph_.SizesOf(flow.value));
  // Floats are bounded as codes of their unit would be.
  const ir::QuantParams input = flow.params.value_or(ParamsOf(CodeType::kInt8, flow.unit / 128, 0));
  const ir::ValueId weight = Weight(input);
  written_.weight = weight;
  written_.outputs = outputs_;
  unit_ = static_cast<double>(written_.largest) * input.scale *
          *std::ranges::max_element(weight_scales_);
  ir::ValueId value = Convolve(flow.value, weight, BiasOf(input));
  const auto user = static_cast<ExtraUser>(block_.extra_user);
  if (user == ExtraUser::kConv) extra.push_back(value);
  if (user == ExtraUser::kWeight) {
    extra.push_back(Call("aten.neg.default", {{"self", weight}}, weight));
  }
  if (static_cast<NearMiss>(block_.near_miss) == NearMiss::kReluBefore) {
    value = Call("aten.relu.default", {{"self", value}}, value);
  }
  if (!IsDirect()) value = QuantizedBefore(value, extra);
  value = ChainBehind(value, extra);
  value = BehindOf(value, flow);
  if (block_.out_quantizer == 0) return {value, std::nullopt, unit_};
  const auto out_type = block_.out_quantizer == 1 ? CodeType::kInt8 : CodeType::kUInt8;
  const ir::QuantParams out =
      ParamsOf(out_type, 3 * unit_ / 256, out_type == CodeType::kInt8 ? -3 : 125);
  return {graph_.Dequantize(graph_.Quantize(value, out), out), out, unit_};
}

}  // namespace foldproof::fuzz
