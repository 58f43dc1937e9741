// SPDX-License-Identifier: BSD-3-Clause
//
//   dequantize_per_tensor(x) ─ [unsqueeze] ─┐
//   dequantize(w)  ─────────────────────────┤ conv ─ …        bias: none, or a float constant
//
// becomes the same conv with bias = dequantize(int32 constant).
//   requires: x dequantized per tensor, w per tensor or per output channel: else there is no scale
//   requires: a constant bias of one entry an output channel, finite
//   requires: every code inside the range, and scale(x)·scale(w) a normal float32: a clamped or
//             flushed bias is another bias
#include "src/fold/quantize_bias.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/fold/bias_codes.h"
#include "src/fold/written_bias.h"
#include "src/ir/constant_vector.h"

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
    return id ? FloatsOf(program, *id) : std::nullopt;
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
      if (std::holds_alternative<ir::Convolution>(editor_.graph().node(id).op)) Visit(id);
    }
    return std::move(report_);
  }

 private:
  const Node& At(NodeId id) const { return editor_.graph().node(id); }
  void MissAt(NodeId id, std::string rule, std::string detail) {
    report_.missed.push_back({std::move(rule), At(id).name, std::move(detail)});
  }

  void Visit(NodeId id) {
    const auto bias = std::get<ir::Convolution>(At(id).op).bias;
    if (!bias && !options_.default_zero_bias) return;
    if (bias && ReadQuantizedBias(editor_.program(), *bias)) return;
    if (options_.only_before_quantizers &&
        !rules_.wants_bias(editor_.graph(), At(id).outputs.front())) {
      return;
    }
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
      auto stored = FloatsOf(editor_.program(), *bias);
      if (!stored) {
        return MissAt(id, "bias-missing", "its bias is no float32 constant and no int32 one");
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
    if (bias) {
      const std::vector<std::int32_t>& values = std::get<BiasCodes>(quantized).values;
      if (auto miss = rules_.sums_leave_int32(editor_.program(), At(id), values)) {
        report_.missed.push_back(std::move(*miss));
        return;
      }
      if (auto miss = ChainRefused(id, std::get<BiasCodes>(quantized))) {
        report_.missed.push_back(std::move(*miss));
        return;
      }
    }
    if (bias && rounded_ != nullptr) (*rounded_)[id] = std::get<BiasCodes>(quantized).remainders;
    Write(conv, bias, std::get<BiasCodes>(quantized));
  }

  // A float bias in front of a chain that cannot be folded is left as it is, with the chain: codes
  // would move what nobody asked to be moved, and a chain may make much of that.
  std::optional<Miss> ChainRefused(NodeId conv, const BiasCodes& codes) const {
    for (const NodeId id : editor_.Order()) {
      const Node& node = editor_.graph().node(id);
      if (!std::holds_alternative<ir::BatchNorm>(node.op)) continue;
      auto match = rules_.match(editor_.graph(), node);
      const auto* chain = std::get_if<ConvBnChain>(&match);
      if (chain == nullptr || chain->conv != conv) continue;
      std::string fault;
      auto channels = rules_.read_channels(editor_.program(), *chain, codes.values.size(), fault);
      if (!channels) return Miss{"no-chain", node.name, fault};
      QuantizedBias bias;
      bias.values.assign(codes.values.begin(), codes.values.end());
      bias.scales = codes.scales;
      bias.zero_points = {0};
      bias.quant_min = quant_min_;
      bias.quant_max = kHighestBiasCode;
      const Candidate candidate{&editor_.program(), *chain, std::move(*channels), std::move(bias)};
      return FirstFailure(candidate, rules_.guards);
    }
    if (const char* why = MagnifiedBehind(conv)) return Miss{"no-chain", At(conv).name, why};
    return std::nullopt;
  }

  // Who makes much of a code more or less behind the convolution's quantizer, and how; nullptr:
  // nobody. A quotient or product of a chain that stays is one, a batch_norm that is not finite, or
  // nearly so, another.
  const char* MagnifiedBehind(NodeId conv) const {
    std::vector<ValueId> values{At(conv).outputs.front()};
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (const ir::Use& use : editor_.graph().users(values[i])) {
        if (!use.node) continue;
        const Node& reader = At(*use.node);
        const auto* binary = std::get_if<ir::Binary>(&reader.op);
        if (binary != nullptr &&
            (binary->kind == ir::Binary::Kind::kDiv || binary->kind == ir::Binary::Kind::kMul)) {
          return "its value is divided or multiplied, and no fold undoes that";
        }
        const auto* norm = std::get_if<ir::BatchNorm>(&reader.op);
        if (norm != nullptr && !IsTame(editor_.program(), *norm)) {
          return "a batch_norm behind it has numbers that are not finite, or nearly so";
        }
        const bool passes = std::holds_alternative<ir::QuantizePerTensor>(reader.op) ||
                            std::holds_alternative<ir::DequantizePerTensor>(reader.op) ||
                            std::holds_alternative<ir::Unary>(reader.op) ||
                            std::holds_alternative<ir::Clamp>(reader.op) ||
                            std::holds_alternative<ir::Reshape>(reader.op);
        if (passes) values.push_back(reader.outputs.front());
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
    const BiasForm form{conv.per_channel, conv.scale_type, quant_min_};
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
  ir::PassReport report_{"QuantizeFusedConvBnBias", {}, {}};
};

}  // namespace

ir::PassReport QuantizeBias::Run(ir::Editor& editor) const {
  return Quantizer(editor, options_, rules_, rounded_).Run();
}

}  // namespace foldproof::fold
