// SPDX-License-Identifier: BSD-3-Clause
//
//   conv ─ q ─ dq ─ div(reshape(s)) ─ [add(reshape(orig_bias))] ─ batch_norm      s = div(_,
//   sqrt(add(_, _)))
//
// What stands in the places of "_" is not looked at, nor is who else reads a value of the chain.
#include "src/fold/upstream/upstream_fold.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/fold/upstream/float32_bias.h"
#include "src/fold/upstream/upstream_quantize_bias.h"
#include "src/fold/upstream/upstream_raise.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Node;
using ir::ValueId;

constexpr std::string_view kQuantize = "quantized_decomposed.quantize_per_tensor.default";
constexpr std::string_view kDequantizeOfChain =
    "quantized_decomposed.dequantize_per_tensor.default";

bool IsReshape(const Node& node) {
  return node.target == "aten.reshape.default" || node.target == "aten.view.default";
}

struct Match {
  double eps = 0;
  ValueId weight, bias, mean, variance;  // of the batch_norm
  std::optional<ValueId> original_bias;
  ValueId conv_bias;  // the int32 codes
  BiasParams params;
  ValueId dequantized;  // what takes the place of the batch_norm
};

// One walk back from a batch_norm. Asking for a tensor where there is a number or None raises, as
// in Python; a value that is no node's result is nothing that matches.
class Matcher {
 public:
  explicit Matcher(const ir::Graph& graph) : graph_(graph) {}

  std::optional<Match> Walk(const Node& norm) const {
    const auto* op = std::get_if<ir::BatchNorm>(&norm.op);
    if (op == nullptr) Raise(norm, "its arguments are not what batch_norm takes");
    if (norm.target == "aten.batch_norm.default" && op->training) return std::nullopt;
    Match match;
    match.eps = op->eps;
    const Node* div = Producer(op->input);
    std::optional<ValueId> reshaped_bias;
    if (Is(div, "aten.add.Tensor")) {
      const Node& add = *div;
      div = Producer(First(add));
      reshaped_bias = Tensor(add, "other");
    }
    if (!Is(div, "aten.div.Tensor")) return std::nullopt;
    const Node* dequantize = Producer(First(*div));
    const Node* scale_shape = Producer(Tensor(*div, "other"));
    if (!Is(dequantize, kDequantizeOfChain) || !IsScaleChain(scale_shape)) return std::nullopt;
    const Node* quantize = Producer(Tensor(*dequantize, "input"));
    if (!Is(quantize, kQuantize)) return std::nullopt;
    const Node* conv = Producer(Tensor(*quantize, "input"));
    if (conv == nullptr || !IsConv(*conv)) return std::nullopt;
    const Node* bias = Producer(Tensor(*conv, "bias"));
    if (!Is(bias, kDequantizeOfChain)) return std::nullopt;
    if (reshaped_bias) {
      const Node* reshape = Producer(*reshaped_bias);
      if (reshape == nullptr || !IsReshape(*reshape)) return std::nullopt;
      match.original_bias = First(*reshape);
    }
    match.weight = Tensor(norm, "weight");
    match.bias = Tensor(norm, "bias");
    match.mean = Tensor(norm, "running_mean");
    match.variance = Tensor(norm, "running_var");
    match.dequantized = dequantize->outputs.front();
    ReadBias(*bias, match);
    return match;
  }

 private:
  static bool Is(const Node* node, std::string_view target) {
    return node != nullptr && node->target == target;
  }
  static bool IsConv(const Node& node) {
    return node.target == "aten.conv1d.default" || node.target == "aten.conv2d.default" ||
           node.target == "aten.convolution.default";
  }

  const Node* Producer(ValueId value) const { return graph_.ProducerOf(value); }

  // reshape(div(_, sqrt(add(_, _))))
  bool IsScaleChain(const Node* reshape) const {
    if (reshape == nullptr || !IsReshape(*reshape)) return false;
    const Node* scale = Producer(First(*reshape));
    if (!Is(scale, "aten.div.Tensor")) return false;
    const Node* root = Producer(Tensor(*scale, "other"));
    if (!Is(root, "aten.sqrt.default")) return false;
    return Is(Producer(First(*root)), "aten.add.Tensor");
  }

  static ValueId Tensor(const Node& node, std::string_view name) {
    const ir::ArgumentValue* value = node.Find(name);
    const auto* id = value == nullptr ? nullptr : std::get_if<ValueId>(value);
    if (id != nullptr) return *id;
    const bool none = value == nullptr || std::holds_alternative<ir::None>(*value);
    Raise(node, "TypeError: get_arg: expected <class 'torch.fx.node.Node'> for '" +
                    std::string(name) + "', got " +
                    (none ? "<class 'NoneType'>" : "<class 'float'>"));
  }

  static ValueId First(const Node& node) {
    const auto* id =
        node.arguments.empty() ? nullptr : std::get_if<ValueId>(&node.arguments.front().value);
    if (id == nullptr) Raise(node, "AssertionError: expected fx.Node at args[0]");
    return *id;
  }

  void ReadBias(const Node& dequantize, Match& match) const {
    const auto op = ir::ReadDequantize(graph_, &dequantize);
    if (!op) NotReproduced(dequantize, "it makes no float32, float16 or bfloat16");
    match.conv_bias = op->input;
    match.params = {op->params.scale, op->params.zero_point, op->params.quant_min,
                    op->params.quant_max};
  }

  const ir::Graph& graph_;
};

// The vectors of one match; one of length 1 broadcasts.
class Channels {
 public:
  Channels(const ir::Program& program, const Node& norm) : program_(program), norm_(norm) {}

  // False where `value` is no constant: the chain is passed over.
  bool Read(ValueId value, std::vector<float>& into) {
    const ir::Constant* constant = program_.ConstantOf(value);
    if (constant == nullptr) return false;
    auto floats = WidenedFloatsOf(program_, value);
    if (!floats || (type_ && *type_ != constant->type.dtype)) {
      NotReproduced(norm_, "its parameters are not of one type, float32, float16 or bfloat16");
    }
    type_ = constant->type.dtype;
    into = std::move(*floats);
    return true;
  }

  // Of all that was read.
  ir::ScalarType type() const { return type_.value_or(ir::ScalarType::kFloat32); }

  // The length of an elementwise operator's result, `a` its first operand.
  std::size_t Broadcast(std::size_t a, std::size_t b) const {
    if (a == b || b == 1) return a;
    if (a == 1) return b;
    Raise(norm_, "RuntimeError: The size of tensor a (" + std::to_string(a) +
                     ") must match the size of tensor b (" + std::to_string(b) +
                     ") at non-singleton dimension 0");
  }

  template <typename T>
  static T At(const std::vector<T>& vector, std::size_t c) {
    return vector[vector.size() == 1 ? 0 : c];
  }

 private:
  const ir::Program& program_;
  const Node& norm_;
  std::optional<ir::ScalarType> type_;
};

std::optional<std::vector<std::int32_t>> FoldedBias(const ir::Program& program, const Node& norm,
                                                    const Match& match) {
  Channels channels(program, norm);
  std::vector<float> weight, bias, mean, variance, original;
  if (!channels.Read(match.weight, weight) || !channels.Read(match.bias, bias) ||
      !channels.Read(match.mean, mean) || !channels.Read(match.variance, variance) ||
      (match.original_bias && !channels.Read(*match.original_bias, original))) {
    return std::nullopt;
  }
  const ir::Constant* constant = program.ConstantOf(match.conv_bias);
  if (constant == nullptr) return std::nullopt;
  if (constant->type.dtype != ir::ScalarType::kInt32) {
    NotReproduced(norm, "the bias's codes are not int32");
  }
  const std::vector<std::int64_t> codes = *CodesOf(program, match.conv_bias);
  // In the order of ExecuTorch's arithmetic, which is that of its exceptions.
  std::size_t length = mean.size();
  if (match.original_bias) length = channels.Broadcast(original.size(), length);
  for (const auto* operand : {&weight, &variance, &bias}) {
    length = channels.Broadcast(length, operand->size());
  }
  length = channels.Broadcast(codes.size(), length);
  std::vector<std::int32_t> out;
  for (std::size_t c = 0; c < length; ++c) {
    const BatchNormChannel channel{Channels::At(weight, c), Channels::At(bias, c),
                                   Channels::At(mean, c), Channels::At(variance, c)};
    const auto original_bias =
        match.original_bias ? std::optional(Channels::At(original, c)) : std::nullopt;
    const float deviation = Deviation32(channel.variance, match.eps, channels.type());
    const float correction = Correction32(channel, original_bias, deviation, channels.type());
    out.push_back(
        FoldBias32(static_cast<std::int32_t>(Channels::At(codes, c)), correction, match.params));
  }
  return out;
}

bool IsBatchNorm(const Node& node) {
  return node.target == "aten.batch_norm.default" ||
         node.target == "aten._native_batch_norm_legit_no_training.default";
}

}  // namespace

ir::PassReport UpstreamFold::Run(ir::Editor& editor) const {
  const UpstreamQuantizeBias preparation(
      {UpstreamQuantizeBias::Targets::kFuseQatConvBn, default_zero_bias_, false});
  ir::PassReport report = preparation.Run(editor);
  report.pass = std::string(name());
  const std::vector<ir::NodeId> order = editor.Order();
  for (const ir::NodeId id : order) {
    const Node& norm = editor.graph().node(id);
    if (!IsBatchNorm(norm)) continue;
    const std::string node = norm.name;
    const auto match = Matcher(editor.graph()).Walk(norm);
    const auto folded = match ? FoldedBias(editor.program(), norm, *match) : std::nullopt;
    if (!folded) {
      report.missed.push_back({"chain-survives", node, "not the chain that this pass knows"});
      continue;
    }
    const ValueId replaced = norm.outputs.front();
    editor.SetConstant(
        match->conv_bias,
        ir::MakeTensorType(ir::ScalarType::kInt32, {static_cast<std::int64_t>(folded->size())}),
        ir::Bytes(*folded));
    editor.ReplaceUses(replaced, match->dequantized);
    report.rewritten.push_back({node, "folded into the conv's bias"});
  }
  if (report.changed()) editor.EraseDead();
  return report;
}

}  // namespace foldproof::fold
