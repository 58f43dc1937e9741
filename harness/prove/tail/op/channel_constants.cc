// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/channel_constants.h"

#include <cmath>
#include <limits>

namespace foldproof::prove {
namespace {

// The elements as float32, as an operator on a float32 tensor sees them.
std::optional<std::vector<float>> FloatsOfConstant(const exec::Tensor& tensor) {
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
  // With a float64 tensor of at least one dimension PyTorch computes in float64, and an in-place
  // operator rounds its result to float32 (docs/numerics.md, "Types"). So it does where neither
  // tensor has one.
  const bool wins = rank > 0 || shape.rank() == 0;
  if (tensor.dtype == ir::ScalarType::kFloat64 && wins) return std::nullopt;
  const auto floats = FloatsOfConstant(tensor);
  if (!floats || floats->size() != (per_channel ? channels : 1)) return std::nullopt;
  ChannelConstant out{*floats, constant->Ideal()};
  if (constant->roots.empty()) return out;
  if (tensor.dtype != ir::ScalarType::kFloat32) return std::nullopt;
  out.roots = constant->roots.Each();
  out.lower = exec::Tensor{tensor.dtype, tensor.sizes, constant->lower}.Elements<float>();
  out.upper = exec::Tensor{tensor.dtype, tensor.sizes, constant->upper}.Elements<float>();
  return out;
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
  const auto found = constants.Find(view.Read(node.id, *value));
  if (found == nullptr || found->value.dtype != ir::ScalarType::kFloat32) return std::nullopt;
  if (!found->roots.empty()) return std::nullopt;  // its bits differ from one PyTorch to another
  Parameter out{found->value.Elements<float>(), found->Ideal()};
  if (out.value.size() != channels) return std::nullopt;
  return out;
}

}  // namespace

namespace {

// Whether `value` lies in memory as a conv's or a linear layer's result does, contiguous or
// channels_last: batch_norm computes by another formula elsewhere (docs/numerics.md, eq. 6b).
// Elementwise operators and quantizers leave that as it is, and so do writes; a copy that says how
// it lies makes it so. A reshape of a tensor in channels_last is neither.
bool LiesAsMade(const FunctionalView& view, const ConstantValues& constants, ir::ValueId value) {
  if (constants.OrderOf(value) != MemoryOrder::kUnknown) return true;
  const ir::Graph& graph = view.program().graph;
  const auto maker_of = [&](ir::ValueId v) { return graph.ProducerOf(view.program().LiesLike(v)); };
  for (const ir::Node* node = maker_of(value); node != nullptr;) {
    if (std::holds_alternative<ir::Convolution>(node->op)) return true;
    if (std::holds_alternative<ir::Linear>(node->op) || node->target == "aten.addmm.default" ||
        node->target == "aten.mm.default")
      return true;
    if (const auto* reshape = std::get_if<ir::Reshape>(&node->op)) {
      const auto& from = graph.value(reshape->input).type;
      const auto& to = graph.value(node->outputs[0]).type;
      if (!from || !to || from->dims != to->dims) return false;
    }
    if (std::holds_alternative<ir::Permute>(node->op)) {
      const auto& dims = std::get<ir::Permute>(node->op).dims;
      for (std::size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] != static_cast<std::int64_t>(i)) return false;
      }
    }
    if (node->target == "aten.contiguous.default") return true;
    // What else may move elements, or lay them out in its own way.
    if (std::holds_alternative<ir::Opaque>(node->op)) return false;
    std::optional<ir::ValueId> first;
    for (const ir::Argument& argument : node->arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) {
        if (!first && !constants.IsConstant(v)) first = v;
      });
    }
    if (!first) return false;
    node = maker_of(view.Read(node->id, *first));
  }
  return false;
}

}  // namespace

std::optional<AffineConstants> BatchNormConstants(const FunctionalView& view,
                                                  const ConstantValues& constants,
                                                  const ir::Node& node, const ir::BatchNorm& op,
                                                  std::size_t channels, BatchNormVariant variant) {
  if (!op.running_mean || !op.running_var) return std::nullopt;
  const bool lies_as_made = LiesAsMade(view, constants, view.Read(node.id, op.input));
  if (!lies_as_made && (!op.weight || !op.bias)) return std::nullopt;
  const auto gamma = ReadParameter(view, constants, node, op.weight, channels, 1);
  const auto bias = ReadParameter(view, constants, node, op.bias, channels, 0);
  const auto mean = ReadParameter(view, constants, node, op.running_mean, channels, 0);
  const auto var = ReadParameter(view, constants, node, op.running_var, channels, 1);
  if (!gamma || !bias || !mean || !var) return std::nullopt;
  AffineConstants out;
  out.fused = variant == BatchNormVariant::kFma;
  out.eps = op.eps;
  if (!lies_as_made) out.stepwise = {mean->value, gamma->value, bias->value, {}};
  const auto eps = static_cast<float>(op.eps);
  for (std::size_t c = 0; c < channels; ++c) {
    const float variance = var->value[c] + eps;
    const float root = std::sqrt(variance);
    const float inverse = 1.0f / root;
    if (out.stepwise) {
      constexpr float kMost = std::numeric_limits<float>::infinity();
      out.stepwise->inverse[0].push_back(inverse);
      out.stepwise->inverse[1].push_back(1.0f / std::nextafter(root, 0.0f));
      out.stepwise->inverse[2].push_back(1.0f / std::nextafter(root, kMost));
    }
    const float alpha = inverse * gamma->value[c];
    const float beta = out.fused ? std::fma(-mean->value[c], alpha, bias->value[c])
                                 : bias->value[c] - mean->value[c] * alpha;
    out.scale.value.push_back(alpha);
    out.shift.value.push_back(beta);
    const double ideal_alpha = gamma->ideal[c] / std::sqrt(var->ideal[c] + op.eps);
    out.scale.ideal.push_back(ideal_alpha);
    out.shift.ideal.push_back(bias->ideal[c] - mean->ideal[c] * ideal_alpha);
    out.centre.push_back(mean->ideal[c] * ideal_alpha);
    out.variance.push_back(var->ideal[c]);
  }
  return out;
}

}  // namespace foldproof::prove
