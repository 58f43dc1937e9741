// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/channel_constants.h"

#include <cmath>

namespace foldproof::prove {
namespace {

// The elements as float32, as an operator on a float32 tensor sees them.
std::optional<std::vector<float>> AsFloats(const exec::Tensor& tensor) {
  std::vector<float> out;
  const auto convert = [&](auto element) {
    using T = decltype(element);
    for (const T x : tensor.Elements<T>()) out.push_back(static_cast<float>(x));
  };
  switch (tensor.dtype) {
    case ir::ScalarType::kFloat32: convert(0.0f); break;
    case ir::ScalarType::kFloat64: convert(0.0); break;
    case ir::ScalarType::kInt64: convert(std::int64_t{}); break;
    case ir::ScalarType::kInt32: convert(std::int32_t{}); break;
    case ir::ScalarType::kInt16: convert(std::int16_t{}); break;
    case ir::ScalarType::kInt8: convert(std::int8_t{}); break;
    case ir::ScalarType::kUInt8: convert(std::uint8_t{}); break;
    default: return std::nullopt;
  }
  return out;
}

}  // namespace

std::optional<ChannelConstant> BroadcastConstant(const ConstantValue* constant,
                                                 const ir::TensorType& shape,
                                                 std::optional<std::size_t> channel_axis,
                                                 std::size_t channels) {
  if (constant == nullptr) return std::nullopt;
  const exec::Tensor& tensor = constant->value;
  const std::size_t rank = tensor.sizes.size();
  if (rank > shape.rank()) return std::nullopt;
  bool per_channel = false;
  for (std::size_t i = 0; i < rank; ++i) {
    if (tensor.sizes[i] == 1) continue;
    const std::size_t axis = shape.rank() - rank + i;
    if (axis != channel_axis || static_cast<std::size_t>(tensor.sizes[i]) != channels) {
      return std::nullopt;
    }
    per_channel = true;
  }
  const auto floats = AsFloats(tensor);
  if (!floats || floats->size() != (per_channel ? channels : 1)) return std::nullopt;
  return ChannelConstant{*floats, constant->ideal};
}

namespace {

struct Parameter {
  std::vector<float> value;
  std::vector<double> ideal;
};

std::optional<Parameter> ReadParameter(const FunctionalView& view, const ConstantValues& constants,
                                       const ir::Node& node, std::optional<ir::ValueId> value,
                                       std::size_t channels, float missing) {
  if (!value)
    return Parameter{std::vector<float>(channels, missing), std::vector<double>(channels, missing)};
  const ConstantValue* found = constants.Find(view.Read(node.id, *value));
  if (found == nullptr || found->value.dtype != ir::ScalarType::kFloat32) return std::nullopt;
  Parameter out{found->value.Elements<float>(), found->ideal};
  if (out.value.size() != channels) return std::nullopt;
  return out;
}

}  // namespace

std::optional<AffineConstants> BatchNormConstants(const FunctionalView& view,
                                                  const ConstantValues& constants,
                                                  const ir::Node& node, const ir::BatchNorm& op,
                                                  std::size_t channels, BatchNormVariant variant) {
  if (!op.running_mean || !op.running_var) return std::nullopt;
  const auto gamma = ReadParameter(view, constants, node, op.weight, channels, 1);
  const auto bias = ReadParameter(view, constants, node, op.bias, channels, 0);
  const auto mean = ReadParameter(view, constants, node, op.running_mean, channels, 0);
  const auto var = ReadParameter(view, constants, node, op.running_var, channels, 1);
  if (!gamma || !bias || !mean || !var) return std::nullopt;
  AffineConstants out;
  out.fused = variant == BatchNormVariant::kFma;
  const auto eps = static_cast<float>(op.eps);
  for (std::size_t c = 0; c < channels; ++c) {
    const float variance = var->value[c] + eps;
    const float inverse = 1.0f / std::sqrt(variance);
    const float alpha = inverse * gamma->value[c];
    const float beta = out.fused ? std::fma(-mean->value[c], alpha, bias->value[c])
                                 : bias->value[c] - mean->value[c] * alpha;
    out.scale.value.push_back(alpha);
    out.shift.value.push_back(beta);
    const double ideal_alpha = gamma->ideal[c] / std::sqrt(var->ideal[c] + op.eps);
    out.scale.ideal.push_back(ideal_alpha);
    out.shift.ideal.push_back(bias->ideal[c] - mean->ideal[c] * ideal_alpha);
  }
  return out;
}

}  // namespace foldproof::prove
