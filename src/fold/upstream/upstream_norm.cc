// SPDX-License-Identifier: BSD-3-Clause
//
//   product(x, w, b) ─ batch_norm          product: a convolution or a linear with one reader
//
// Weight and bias are multiplied in float32; whether dimension 1 of the value is the channels, and
// who else reads the weight, is not looked at.
#include "src/fold/upstream/upstream_norm.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "src/base/error.h"
#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

using ir::Node;
using ir::NodeId;
using ir::ValueId;

[[noreturn]] void RaiseNorm(const Node& node, const std::string& what) {
  throw Error(Error::Code::kInput, node.name,
              "the pass that is reproduced raises here: " + what +
                  "; fold with --policy guarded or repair");
}

bool StartsWithConv(std::string_view target) {
  return target.starts_with("aten.conv1d.") || target.starts_with("aten.conv2d.") ||
         target.starts_with("aten.conv3d.");
}

class Fuser {
 public:
  Fuser(ir::Editor& editor, UpstreamNormPass pass) : editor_(editor), pass_(pass) {}

  ir::PassReport Run() {
    const std::vector<NodeId> order = editor_.Order();
    for (const NodeId id : order) {
      if (const auto* norm = std::get_if<ir::BatchNorm>(&At(id).op)) Fuse(id, *norm);
    }
    if (report_.changed()) editor_.EraseDead();
    return std::move(report_);
  }

 private:
  const Node& At(NodeId id) const { return editor_.graph().node(id); }

  // Whether the pass looks at such a product, and such a batch_norm.
  bool Takes(const Node& product, const Node& norm) const {
    const auto& op = std::get<ir::BatchNorm>(norm.op);
    const bool linear = product.target == "aten.linear.default";
    if (pass_ == UpstreamNormPass::kFx) {
      return (StartsWithConv(product.target) || linear) && !op.training && op.running_mean &&
             norm.target == "aten.batch_norm.default";
    }
    if (norm.target == "aten.batch_norm.default" || op.training || !op.weight) return false;
    if (linear) return pass_ == UpstreamNormPass::kXnnpack;
    if (product.target != "aten.convolution.default") return false;
    const auto* conv = std::get_if<ir::Convolution>(&product.op);
    return conv != nullptr && (pass_ == UpstreamNormPass::kTransforms || conv->spatial() <= 2);
  }

  std::optional<std::vector<float>> Floats(const std::optional<ValueId>& value, float otherwise,
                                           std::size_t count) const {
    if (!value) return std::vector<float>(count, otherwise);
    return FloatsOf(editor_.program(), *value);
  }

  void Fuse(NodeId id, const ir::BatchNorm& norm) {
    const Node* product = editor_.graph().ProducerOf(norm.input);
    if (product == nullptr || !Takes(*product, At(id))) return;
    if (editor_.graph().users(product->outputs.front()).size() != 1) return;
    const auto* conv = std::get_if<ir::Convolution>(&product->op);
    const auto* linear = std::get_if<ir::Linear>(&product->op);
    if (conv == nullptr && linear == nullptr) return;
    const ValueId weight = conv != nullptr ? conv->weight : linear->weight;
    const auto bias = conv != nullptr ? conv->bias : linear->bias;
    const auto weights = FloatsOf(editor_.program(), weight);
    const auto mean = norm.running_mean ? FloatsOf(editor_.program(), *norm.running_mean)
                                        : std::optional<std::vector<float>>();
    const auto variance = Floats(norm.running_var, 1, mean ? mean->size() : 0);
    if (!weights || !mean || !variance) return;  // no parameter: the pass leaves it
    const auto gamma = Floats(norm.weight, 1, mean->size());
    const auto beta = Floats(norm.bias, 0, mean->size());
    const auto biases = Floats(bias, 0, mean->size());
    if (!gamma || !beta || !biases || biases->size() != mean->size()) return;
    const NormVectors32 vectors{*gamma, *beta, *mean, *variance, *biases, norm.eps};
    const ir::TensorType type = *editor_.graph().value(weight).type;
    const bool second = conv != nullptr && conv->transposed && pass_ == UpstreamNormPass::kXnnpack;
    Store(id, product->id, weight, bias, type, Scaled(*product, type, *weights, vectors, second),
          conv != nullptr ? ConvBiases32(vectors) : LinearBiases32(vectors));
  }

  // w' = f32(w · f), f along dimension 0, or 1 where `second`. Shapes that broadcast to another one
  // than the weight's are refused as those that do not broadcast are: PyTorch raises a node later.
  std::vector<float> Scaled(const Node& product, const ir::TensorType& type,
                            std::vector<float> weights, const NormVectors32& vectors,
                            bool second) const {
    const std::vector<float> factors = Factors32(vectors);
    const auto first = static_cast<std::size_t>(type.dims[0].size);
    const auto along = static_cast<std::size_t>(type.dims[second ? 1 : 0].size);
    if (factors.size() != along && factors.size() != 1) {
      RaiseNorm(product, "RuntimeError: " + std::to_string(factors.size()) +
                             " factors do not go along a dimension of " + std::to_string(along));
    }
    const std::size_t row = weights.size() / std::max<std::size_t>(first, 1);
    const auto seconds = static_cast<std::size_t>(type.dims[1].size);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const std::size_t channel = second ? i % row / (row / seconds) : i / row;
      weights[i] *= factors[factors.size() == 1 ? 0 : channel];
    }
    return weights;
  }

  void Store(NodeId norm, NodeId product, ValueId weight, const std::optional<ValueId>& bias,
             const ir::TensorType& type, const std::vector<float>& weights,
             const std::vector<float>& biases) {
    const std::string name = At(product).name;
    const ir::TensorType of_bias =
        ir::MakeTensorType(ir::ScalarType::kFloat32, {static_cast<std::int64_t>(biases.size())});
    if (pass_ == UpstreamNormPass::kFx) {
      editor_.SetConstant(weight, type, ir::Bytes(weights));
      if (bias) editor_.SetConstant(*bias, of_bias, ir::Bytes(biases));
    } else {
      editor_.SetArgument(product, "weight", Added(product, name + "_fused_weight", type, weights));
    }
    if (pass_ != UpstreamNormPass::kFx || !bias) {
      const ValueId added = Added(product, name + "_fused_bias", of_bias, biases);
      editor_.SetArgument(product, "bias", added);
    }
    const ValueId made = At(norm).outputs.front();
    editor_.ReplaceUses(made, At(product).outputs.front());
    report_.rewritten.push_back({At(norm).name, "fused into weight and bias of " + name});
  }

  ValueId Added(NodeId product, const std::string& name, const ir::TensorType& type,
                const std::vector<float>& elements) {
    return editor_.AddParameter(product, name, "p_" + name, type, ir::Bytes(elements));
  }

  ir::Editor& editor_;
  UpstreamNormPass pass_;
  ir::PassReport report_{"FoldConvBN", {}, {}};
};

// r = f32(1 / f32(sqrt(f32(variance + f32(eps))))).
float ReciprocalRoot(const NormVectors32& v, std::size_t c) {
  return 1.0f / std::sqrt(v.variance[c] + static_cast<float>(v.eps));
}

}  // namespace

std::vector<float> Factors32(const NormVectors32& v) {
  std::vector<float> out;
  for (std::size_t c = 0; c < v.gamma.size(); ++c) out.push_back(v.gamma[c] * ReciprocalRoot(v, c));
  return out;
}

std::vector<float> ConvBiases32(const NormVectors32& v) {
  std::vector<float> out;
  for (std::size_t c = 0; c < v.gamma.size(); ++c) {
    out.push_back((v.bias[c] - v.mean[c]) * ReciprocalRoot(v, c) * v.gamma[c] + v.beta[c]);
  }
  return out;
}

std::vector<float> LinearBiases32(const NormVectors32& v) {
  const std::vector<float> factors = Factors32(v);
  std::vector<float> out;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    out.push_back((v.bias[c] - v.mean[c]) * factors[c] + v.beta[c]);
  }
  return out;
}

ir::PassReport UpstreamNorm::Run(ir::Editor& editor) const { return Fuser(editor, pass_).Run(); }

}  // namespace foldproof::fold
