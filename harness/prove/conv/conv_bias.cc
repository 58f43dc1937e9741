// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "harness/prove/constants/tensor_numbers.h"
#include "harness/prove/conv/conv_reader.h"

namespace foldproof::prove {
namespace {

// Adds b = f64((q - z) * f32(s)) of one channel (docs/numerics.md, eq. 7), and how far it is from
// the float32 that PyTorch computes of `rounded`, its own difference of q and z (eq. 2 and 4).
void AddCode(std::int64_t code, std::int64_t zero_point, std::int64_t shifted, float rounded,
             double step, ConvBias& bias) {
  constexpr std::int64_t kMost = 1 << 24;
  const auto held = [](std::int64_t x) { return -kMost <= x && x <= kMost; };
  bias.shifted.push_back(shifted);
  bias.value.push_back(static_cast<double>(shifted) * step);
  const double computed = rounded * static_cast<float>(step);
  const bool is_exact = held(code) && held(zero_point) && held(shifted);
  bias.rounding.push_back(is_exact ? 0 : computed - bias.value.back());
}

// One s for all.
void ReadPerTensor(const ConvReader& reader, const ir::Node& node,
                   const ir::DequantizePerTensor& dq, ConvBias& bias) {
  bias.kind = ConvBias::Kind::kQuantized;
  bias.source = reader.view.Read(node.id, dq.input);
  bias.codes = AsIntegers(reader.ConstantTensor(*bias.source, "its bias"));
  const double step = RoundToFloat32(dq.params.scale);
  bias.steps.assign(bias.codes.size(), step);
  for (const std::int64_t code : bias.codes) {
    const std::int64_t z = dq.params.zero_point;
    AddCode(code, z, code - z, static_cast<float>(code) - static_cast<float>(z), step, bias);
  }
  bias.ideal = bias.value;
}

void ReadBiasPerChannel(const ConvReader& reader, const ir::Node& node,
                        const ir::DequantizePerChannel& dq, ConvBias& bias) {
  bias.kind = ConvBias::Kind::kQuantized;
  bias.source = reader.view.Read(node.id, dq.input);
  const exec::Tensor codes = reader.ConstantTensor(*bias.source, "its bias");
  bias.codes = AsIntegers(codes);
  const auto scales = AsFloats(
      reader.ConstantTensor(reader.view.Read(node.id, dq.params.scales), "its bias scales"),
      "its bias scales");
  std::vector<std::int64_t> zero_points(bias.codes.size(), 0);
  ir::ScalarType difference = codes.dtype;
  if (dq.params.zero_points) {
    const exec::Tensor tensor = reader.ConstantTensor(
        reader.view.Read(node.id, *dq.params.zero_points), "its bias zero points");
    zero_points = AsIntegers(tensor);
    difference = DifferenceType(codes.dtype, tensor.dtype);
  }
  if (scales.size() != bias.codes.size() || zero_points.size() != bias.codes.size()) {
    throw NoIntegers{"its bias has " + std::to_string(bias.codes.size()) + " codes but " +
                     std::to_string(scales.size()) + " scales"};
  }
  for (std::size_t c = 0; c < bias.codes.size(); ++c) {
    bias.steps.push_back(scales[c]);
    const auto exact =
        static_cast<std::uint64_t>(bias.codes[c]) - static_cast<std::uint64_t>(zero_points[c]);
    const std::int64_t shifted = Wrap(difference, static_cast<std::int64_t>(exact));
    AddCode(bias.codes[c], zero_points[c], shifted, static_cast<float>(shifted), bias.steps[c],
            bias);
  }
  bias.ideal = bias.value;
}

void ReadFloat(const ConvReader& reader, ir::ValueId value, ConvBias& bias) {
  bias.kind = ConvBias::Kind::kFloat;
  bias.source = value;
  const exec::Tensor tensor = reader.ConstantTensor(value, "its bias");
  if (!ir::IsFloat(tensor.dtype)) {
    throw NoIntegers{"its bias is " + std::string(ir::Name(tensor.dtype)) + " and not dequantized"};
  }
  bias.value = AsFloats(tensor, "the numbers of its bias");
  const auto computed = reader.constants.Find(value);
  bias.ideal = computed != nullptr ? computed->Ideal() : bias.value;
}

}  // namespace

std::optional<std::int64_t> BiasInAccumulator(const ConvSide& side, std::size_t channel) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  const ConvBias& bias = side.bias;
  if (bias.kind == ConvBias::Kind::kNone) return 0;
  if (bias.kind == ConvBias::Kind::kFloat) return std::nullopt;
  const std::int64_t code = bias.shifted[channel];
  const double step = RoundToFloat32(side.input_params.scale) * side.weight_scales[channel];
  const bool same = std::abs(bias.steps[channel] - step) <= 0x1p-20 * std::abs(step);
  if (code != 0 && !same) return std::nullopt;
  return std::clamp(code, -kMost, kMost);
}

void ConvReader::ReadBias(ConvSide& side) const {
  ConvBias& bias = side.bias;
  if (!side.op.bias) {
    bias.value.assign(side.channels, 0.0);
    bias.ideal = bias.value;
    return;
  }
  const ir::ValueId value = Operand(*side.op.bias);
  const ir::Node* maker = graph().ProducerOf(value);
  const auto* tensor = maker ? std::get_if<ir::DequantizePerTensor>(&maker->op) : nullptr;
  const auto* channel = maker ? std::get_if<ir::DequantizePerChannel>(&maker->op) : nullptr;
  if (tensor != nullptr)
    ReadPerTensor(*this, *maker, *tensor, bias);
  else if (channel != nullptr)
    ReadBiasPerChannel(*this, *maker, *channel, bias);
  else
    ReadFloat(*this, value, bias);
  // One entry for several channels is no bias that a conv takes (structure finding bias-length);
  // what it says of the numbers is still worth knowing.
  if (bias.value.size() == 1 && side.channels > 1) {
    for (std::vector<double>* field : {&bias.value, &bias.ideal, &bias.steps, &bias.rounding}) {
      if (!field->empty()) field->resize(side.channels, field->front());
    }
    for (std::vector<std::int64_t>* field : {&bias.codes, &bias.shifted}) {
      if (!field->empty()) field->resize(side.channels, field->front());
    }
  }
  if (bias.value.size() != side.channels) {
    throw NoIntegers{"its bias has " + std::to_string(bias.value.size()) + " entries for " +
                     std::to_string(side.channels) + " channels"};
  }
}

}  // namespace foldproof::prove
