// SPDX-License-Identifier: BSD-3-Clause
//
//   dequantize_per_tensor(x) ─ [unsqueeze] ─┐                 bias: none, a float constant, or
//   dequantize(w)  ─────────────────────────┤ conv ─ …              zeros that are computed
//
// becomes the same conv with bias = dequantize(int32 constant). A linear does where a chain stands
// behind it (conv_bn_chain.h).
//   requires: x dequantized per tensor, w per tensor or per output channel: else there is no scale
//   requires: a constant bias of one entry an output channel, finite
//   requires: every code inside the range, and scale(x)·scale(w) a normal float32: a clamped or
//             flushed bias is another bias
#include "src/fold/quantize_bias.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/fold/bias_codes.h"
#include "src/fold/decided_fold.h"
#include "src/fold/product.h"
#include "src/fold/written_bias.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Editor;
using ir::Miss;
using ir::Node;
using ir::NodeId;
using ir::ScalarType;
using ir::ValueId;

// So far from float32's end that no code's value leaves it.
bool IsTame(double x) { return std::abs(x) < 0x1p64; }

// Whether all parameters of `norm` and weight / sqrt(running_var + eps), in float64, are finite and
// far from float32's end. What is no constant is taken to be.
bool IsTame(const ir::Program& program, const ir::BatchNorm& norm) {
  const auto floats = [&](const std::optional<ValueId>& id) {
    return id ? WidenedFloatsOf(program, *id) : std::nullopt;
  };
  const auto weight = floats(norm.weight), variance = floats(norm.running_var);
  for (const auto& parameter : {weight, floats(norm.bias), floats(norm.running_mean)}) {
    if (!parameter) continue;
    if (!std::ranges::all_of(*parameter, [](float x) { return IsTame(x); })) return false;
  }
  if (!variance) return true;
  for (std::size_t c = 0; c < variance->size(); ++c) {
    const double gain = weight && c < weight->size() ? static_cast<double>((*weight)[c]) : 1;
    if (!IsTame(gain / std::sqrt(static_cast<double>((*variance)[c]) + norm.eps))) return false;
  }
  return true;
}

// Whether `product` multiplies `value` by what is at most 2, whatever the input: by dequantized
// codes of such a range, or by a function that ends at 1.
bool IsGated(const ir::Graph& graph, const ir::Binary& product, ValueId value) {
  if (product.kind != ir::Binary::Kind::kMul) return false;
  const auto* self = std::get_if<ValueId>(&product.self);
  const auto* other = std::get_if<ValueId>(&product.other);
  if (self == nullptr || other == nullptr || *self == *other) return false;
  const Node* gate = graph.ProducerOf(*self == value ? *other : *self);
  if (gate == nullptr) return false;
  if (const auto* unary = std::get_if<ir::Unary>(&gate->op)) {
    return unary->kind == ir::Unary::Kind::kSigmoid ||
           unary->kind == ir::Unary::Kind::kHardsigmoid || unary->kind == ir::Unary::Kind::kTanh;
  }
  const auto codes = ir::ReadDequantize(graph, gate);
  if (!codes) return false;
  const auto low = static_cast<double>(codes->params.quant_min - codes->params.zero_point);
  const auto high = static_cast<double>(codes->params.quant_max - codes->params.zero_point);
  return std::max(std::abs(low), std::abs(high)) * codes->params.scale <= 2;
}

class Quantizer {
 public:
  Quantizer(Editor& editor, const QuantizeBias::Options& options, const FoldRules& rules,
            RoundedBiases* rounded)
      : editor_(editor),
        options_(options),
        rules_(rules),
        rounded_(rounded),
        quant_min_(options.symmetric ? -kHighestBiasCode : ~kHighestBiasCode) {}

  ir::PassReport Run() {
    const std::vector<NodeId> order = editor_.Order();
    for (const NodeId id : order) {
      if (!std::holds_alternative<ir::BatchNorm>(At(id).op)) continue;
      auto match = rules_.match(editor_.graph(), At(id));
      if (auto* chain = std::get_if<ConvBnChain>(&match)) {
        chains_.emplace(chain->conv, std::move(*chain));
      }
    }
    for (const NodeId id : order) {
      if (ReadProduct(At(id)) && Wants(id)) Visit(id);
    }
    return std::move(report_);
  }

 private:
  const Node& At(NodeId id) const { return editor_.graph().node(id); }
  void MissAt(NodeId id, std::string rule, std::string detail) {
    report_.missed.push_back({std::move(rule), At(id).name, std::move(detail)});
  }

  // Of the values that the convolution computes.
  ScalarType TypeOf(NodeId id) const {
    const auto& type = editor_.graph().value(At(id).outputs.front()).type;
    return type ? type->dtype : ScalarType::kFloat32;
  }

  const ConvBnChain* ChainBehind(NodeId id) const {
    const auto found = chains_.find(id);
    return found == chains_.end() ? nullptr : &found->second;
  }

  // Whether a fold or a fusion can use a quantized bias there. A fold can wherever a chain divides
  // the value without a quantizer; of a linear nobody else asks for one.
  bool Wants(NodeId id) const {
    const ConvBnChain* chain = ChainBehind(id);
    if (chain == nullptr && std::holds_alternative<ir::Linear>(At(id).op)) return false;
    if (chain != nullptr && !chain->quantize) return true;
    return !options_.only_before_quantizers ||
           rules_.wants_bias(editor_.graph(), At(id).outputs.front());
  }

  void Visit(NodeId id) {
    auto bias = ReadProduct(At(id))->bias;
    if (bias && IsComputedZero(editor_.program(), *bias)) bias.reset();
    if (!bias && !options_.default_zero_bias) return;
    if (bias && ReadQuantizedBias(editor_.program(), *bias)) return;
    if (auto miss = rules_.written_operand(editor_, id)) {
      report_.missed.push_back(std::move(*miss));
      return;
    }
    auto read = rules_.read_conv(editor_.program(), At(id));
    if (auto* miss = std::get_if<Miss>(&read)) {
      report_.missed.push_back(std::move(*miss));
      return;
    }
    const auto& conv = std::get<QuantizedConv>(read);
    std::vector<float> floats(static_cast<std::size_t>(conv.channels), 0.0f);
    if (bias) {
      auto stored = WidenedFloatsOf(editor_.program(), *bias);
      if (!stored || editor_.program().ConstantOf(*bias)->type.dtype != TypeOf(id)) {
        return MissAt(
            id, "bias-missing",
            "its bias is no " + std::string(ir::Name(TypeOf(id))) + " constant and no int32 one");
      }
      if (stored->size() != floats.size()) {
        return MissAt(id, "bias-length",
                      "its bias has " + std::to_string(stored->size()) + " entries for " +
                          std::to_string(floats.size()) + " channels");
      }
      floats = std::move(*stored);
    }
    auto quantized = rules_.bias_codes(conv, floats, quant_min_);
    if (auto* miss = std::get_if<Miss>(&quantized)) {
      return MissAt(id, std::move(miss->rule), std::move(miss->detail));
    }
    if (auto miss = Refused(id, bias.has_value(), std::get<BiasCodes>(quantized))) {
      report_.missed.push_back(std::move(*miss));
      return;
    }
    if (bias && rounded_ != nullptr) (*rounded_)[id] = std::get<BiasCodes>(quantized).remainders;
    Write(conv, bias, std::get<BiasCodes>(quantized));
  }

  // A float bias in front of a chain that cannot be folded is left as it is, with the chain: codes
  // would move what nobody asked to be moved, and a chain may make much of that. Zeros move
  // nothing; but where a chain alone could use them, they come with its fold.
  std::optional<Miss> Refused(NodeId conv, bool has_bias, const BiasCodes& codes) const {
    const ConvBnChain* chain = ChainBehind(conv);
    if (has_bias) {
      auto miss = rules_.sums_leave_int32(editor_.program(), At(conv), codes.values);
      if (miss) return miss;
    } else if (chain == nullptr ||
               (chain->quantize && !std::holds_alternative<ir::Linear>(At(conv).op))) {
      return std::nullopt;
    }
    if (chain != nullptr) return ChainRefused(*chain, codes);
    if (const char* why = MagnifiedBehind(conv)) return Miss{"no-chain", At(conv).name, why};
    return std::nullopt;
  }

  std::optional<Miss> ChainRefused(const ConvBnChain& chain, const BiasCodes& codes) const {
    // Nor is the chain folded where a node writes into what it reads, such as the statistics that
    // another batch_norm updates.
    if (auto miss = rules_.written_operand(editor_, chain.norm)) return miss;
    std::string fault;
    auto channels = rules_.read_channels(editor_.program(), chain, codes.values.size(), fault);
    if (!channels) return Miss{"no-chain", At(chain.norm).name, fault};
    QuantizedBias bias;
    bias.values.assign(codes.values.begin(), codes.values.end());
    for (const double scale : codes.scales) bias.scales.push_back(static_cast<float>(scale));
    bias.zero_points = {0};
    bias.quant_min = quant_min_;
    bias.quant_max = kHighestBiasCode;
    bias.remainders = codes.remainders;
    const Candidate candidate{&editor_.program(), chain, std::move(*channels), std::move(bias)};
    // With a quantizer in front codes are of use to a fusion even where b + C does not fit.
    if (chain.quantize) return FirstFailure(candidate, rules_.guards);
    auto decided = DecideFold(candidate, rules_);
    auto* miss = std::get_if<Miss>(&decided);
    return miss == nullptr ? std::nullopt : std::optional(std::move(*miss));
  }

  // Who makes much of a code more or less behind the convolution's quantizer, and how; nullptr:
  // nobody. A quotient or product of a chain that stays is one, a batch_norm that is not finite, or
  // nearly so, another. A product with a gate, as of squeeze and excitation, at most doubles.
  const char* MagnifiedBehind(NodeId conv) const {
    std::vector<ValueId> values{At(conv).outputs.front()};
    std::set<ValueId> seen{values.front()};  // a gate that is made of the value joins it again
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (const ir::Use& use : editor_.graph().users(values[i])) {
        if (!use.node) continue;
        const Node& reader = At(*use.node);
        const auto* binary = std::get_if<ir::Binary>(&reader.op);
        const bool gated = binary != nullptr && IsGated(editor_.graph(), *binary, values[i]);
        if (binary != nullptr && !gated &&
            (binary->kind == ir::Binary::Kind::kDiv || binary->kind == ir::Binary::Kind::kMul)) {
          return "its value is divided or multiplied, and no fold undoes that";
        }
        const auto* norm = std::get_if<ir::BatchNorm>(&reader.op);
        if (norm != nullptr && !IsTame(editor_.program(), *norm)) {
          return "a batch_norm behind it has numbers that are not finite, or nearly so";
        }
        const bool passes = gated || ir::ReadQuantize(editor_.graph(), &reader) ||
                            ir::ReadDequantize(editor_.graph(), &reader) ||
                            std::holds_alternative<ir::Unary>(reader.op) ||
                            std::holds_alternative<ir::Clamp>(reader.op) ||
                            std::holds_alternative<ir::Reshape>(reader.op);
        if (passes && seen.insert(reader.outputs.front()).second) {
          values.push_back(reader.outputs.front());
        }
      }
    }
    return nullptr;
  }

  void Write(const QuantizedConv& conv, std::optional<ValueId> bias, const BiasCodes& codes) {
    const std::string name = At(conv.node).name;
    const ir::TensorType type = ir::MakeTensorType(ScalarType::kInt32, {conv.channels});
    const bool mine = bias && rules_.readers(editor_.program(), *bias) == 1;
    ValueId stored;
    if (mine) {
      editor_.SetConstant(*bias, type, ir::Bytes(codes.values));
      stored = *bias;
    } else {
      stored = AddConstantOf(editor_, conv.node, name + (bias ? "_bias" : "_default_zero_bias"),
                             type, ir::Bytes(codes.values));
    }
    const BiasForm form{conv.per_channel, conv.scale_type, quant_min_, TypeOf(conv.node)};
    editor_.SetArgument(conv.node, "bias",
                        AddDequantizedBias(editor_, conv.node, stored, form, codes));
    report_.rewritten.push_back(
        {name, !bias  ? "zero bias added"
               : mine ? "float bias quantized"
                      : "float bias quantized; others read it, so it was copied"});
  }

  Editor& editor_;
  QuantizeBias::Options options_;
  const FoldRules& rules_;
  RoundedBiases* rounded_;
  std::int64_t quant_min_;
  std::map<NodeId, ConvBnChain> chains_;  // by the convolution or linear in front
  ir::PassReport report_{"QuantizeFusedConvBnBias", {}, {}};
};

}  // namespace

ir::PassReport QuantizeBias::Run(ir::Editor& editor) const {
  return Quantizer(editor, options_, rules_, rounded_).Run();
}

}  // namespace foldproof::fold
