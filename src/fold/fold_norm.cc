// SPDX-License-Identifier: BSD-3-Clause
//
//   product(x, w, b) ─ batch_norm ─ …       product: a convolution of any kind, or a linear
//
// becomes  product(x, w · f, (b - mean) · f + beta) ─ …
//   requires: constants of float32 for the parameters of batch_norm, for the bias and for the
//             weight, or bias and weight dequantized from constant codes (norm_pair.cc)
//   requires: norm_guards.cc
//   requires: nothing that is read is written into, and no constant of it is updated
//   requires: one reader of the weight (guarded), else it would change under the others
//   requires: codes and scales that hold the folded numbers (folded_weight.cc)
#include "src/fold/fold_norm.h"

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "src/fold/each_batch_norm.h"
#include "src/fold/written_bias.h"
#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

using ir::Editor;
using ir::Miss;
using ir::Node;
using ir::NodeId;
using ir::ValueId;

// What a pair becomes; nothing of the program has changed yet.
struct Folded {
  std::vector<float> floats;            // a float weight
  std::optional<NewCodes> codes;        // or codes
  std::vector<float> float_bias;        // a float bias
  std::optional<BiasCodes> bias_codes;  // or codes
};

// Codes as `type` stores them.
std::vector<std::byte> BytesAs(ir::ScalarType type, const std::vector<std::int64_t>& codes) {
  const std::size_t width = ir::ElementSize(type);
  std::vector<std::byte> bytes(codes.size() * width);
  for (std::size_t i = 0; i < codes.size(); ++i) {  // the low bits: this machine is little-endian
    std::memcpy(bytes.data() + i * width, &codes[i], width);
  }
  return bytes;
}

class NormFolder {
 public:
  NormFolder(Editor& editor, const FoldNorm::Options& options, const NormRules& rules)
      : editor_(editor), options_(options), rules_(rules) {}

  ir::PassReport Run() {
    FoldEachBatchNorm(editor_, report_, [this](NodeId id) { return Fold(id); });
    return std::move(report_);
  }

 private:
  const ir::Program& program() const { return editor_.program(); }
  const Node& At(NodeId id) const { return editor_.graph().node(id); }

  std::optional<Miss> Fold(NodeId id) {
    auto match = rules_.match(program(), At(id));
    if (auto* miss = std::get_if<Miss>(&match)) return std::move(*miss);
    if (auto miss = rules_.written_operand(editor_, id)) return miss;
    auto read = rules_.read(program(), std::get<NormPair>(match));
    if (auto* miss = std::get_if<Miss>(&read)) return std::move(*miss);
    const auto& candidate = std::get<NormCandidate>(read);
    if (auto miss = FirstFailure(candidate, rules_.guards)) return miss;
    if (!options_.repairs && IsShared(candidate)) {
      return Miss{"weight-shared", At(candidate.pair.product).name,
                  "someone else reads its weight, and would see it change"};
    }
    auto numbers = Numbers(candidate);
    if (auto* miss = std::get_if<Miss>(&numbers)) {
      if (miss->node.empty()) miss->node = At(candidate.pair.product).name;
      return std::move(*miss);
    }
    Rewrite(candidate, std::get<Folded>(numbers));
    return std::nullopt;
  }

  bool IsShared(const NormCandidate& candidate) const {
    if (rules_.readers(program(), candidate.pair.weight) > 1) return true;
    return candidate.codes && rules_.readers(program(), candidate.codes->stored) > 1;
  }

  // A bias of codes stays one where its input has a scale. Where there was none, it becomes one
  // where weight and input are of codes and only quantizers read the value.
  bool WantsBiasCodes(const NormCandidate& candidate) const {
    if (!candidate.input || !candidate.codes) return false;
    if (candidate.pair.bias) return candidate.bias.has_value();
    return OnlyQuantized(editor_.graph(), At(candidate.pair.norm).outputs.front());
  }

  std::variant<Folded, Miss> Numbers(const NormCandidate& candidate) const {
    const std::vector<double> factors = rules_.factors(candidate.numbers);
    const std::vector<double> biases = rules_.biases(candidate.numbers, factors);
    Folded folded;
    const bool bias_codes = WantsBiasCodes(candidate);
    if (candidate.codes) {
      CodesRequest request{options_.codes, options_.repairs, {}, rules_.channel_of};
      if (options_.repairs && bias_codes) request.least = LeastScales(candidate, factors, biases);
      auto codes = rules_.weight_codes(candidate, factors, request);
      if (auto* miss = std::get_if<Miss>(&codes)) return std::move(*miss);
      folded.codes = std::move(std::get<NewCodes>(codes));
    } else {
      auto floats = rules_.scaled_floats(candidate, factors, rules_.channel_of);
      if (!floats) return Miss{"nonfinite", "", "the folded weight leaves float32"};
      folded.floats = std::move(*floats);
    }
    if (bias_codes) {
      auto codes = rules_.bias_codes(candidate, *folded.codes, biases);
      if (auto* miss = std::get_if<Miss>(&codes)) return std::move(*miss);
      folded.bias_codes = std::move(std::get<BiasCodes>(codes));
      return folded;
    }
    for (const double bias : biases) {
      folded.float_bias.push_back(static_cast<float>(bias));
      if (!std::isfinite(folded.float_bias.back())) {
        return Miss{"nonfinite", "", "the folded bias leaves float32"};
      }
    }
    return folded;
  }

  void Rewrite(const NormCandidate& candidate, const Folded& folded) {
    const NormPair& pair = candidate.pair;
    const std::string name = At(pair.norm).name;
    std::string detail = "folded into weight and bias of " + At(pair.product).name;
    if (IsShared(candidate)) detail += "; others read the weight, so it was copied";
    if (folded.codes) {
      StoreWeightCodes(candidate, *folded.codes);
    } else {
      StoreFloats(pair, pair.weight, "weight", *editor_.graph().value(pair.weight).type,
                  folded.floats);
    }
    StoreBias(candidate, folded);
    editor_.ReplaceUses(At(pair.norm).outputs.front(), At(pair.product).outputs.front());
    report_.rewritten.push_back({name, std::move(detail)});
  }

  // Into the constant `old` where nobody else reads it, else into a new one.
  void StoreFloats(const NormPair& pair, std::optional<ValueId> old, const std::string& argument,
                   const ir::TensorType& type, const std::vector<float>& floats) {
    const bool mine =
        old && program().ConstantOf(*old) != nullptr && rules_.readers(program(), *old) == 1;
    if (mine) return editor_.SetConstant(*old, type, ir::Bytes(floats));
    const std::string name = At(pair.product).name + "_" + argument;
    editor_.SetArgument(pair.product, argument,
                        AddConstantOf(editor_, pair.product, name, type, ir::Bytes(floats)));
  }

  void StoreBias(const NormCandidate& candidate, const Folded& folded) {
    const NormPair& pair = candidate.pair;
    const auto channels = static_cast<std::int64_t>(pair.shape.channels());
    if (!folded.bias_codes) {
      return StoreFloats(pair, pair.bias, "bias",
                         ir::MakeTensorType(ir::ScalarType::kFloat32, {channels}),
                         folded.float_bias);
    }
    const ir::TensorType type = ir::MakeTensorType(ir::ScalarType::kInt32, {channels});
    const std::span<const std::byte> bytes = ir::Bytes(folded.bias_codes->values);
    const bool mine = candidate.bias && rules_.readers(program(), *pair.bias) == 1 &&
                      rules_.readers(program(), candidate.bias->codes) == 1;
    ValueId stored;
    if (mine) {
      stored = candidate.bias->codes;
      editor_.SetConstant(stored, type, bytes);
    } else {
      stored = AddConstantOf(editor_, pair.product, At(pair.product).name + "_bias", type, bytes);
    }
    BiasForm form{folded.codes->per_channel, ir::ScalarType::kFloat32,
                  std::numeric_limits<std::int32_t>::min()};
    if (candidate.codes->per_channel) form.scale_type = candidate.codes->scale_type;
    editor_.SetArgument(
        pair.product, "bias",
        AddDequantizedBias(editor_, pair.product, stored, form, *folded.bias_codes));
  }

  // The codes' constant and its dequantize; a new dequantize where others read the old one, or
  // where per-tensor codes become codes per channel.
  void StoreWeightCodes(const NormCandidate& candidate, const NewCodes& codes) {
    const NormPair& pair = candidate.pair;
    const WeightCodes& old = *candidate.codes;
    const std::string name = At(pair.product).name;
    const ir::TensorType type = *editor_.graph().value(old.stored).type;
    const std::vector<std::byte> bytes = BytesAs(type.dtype, codes.values);
    ValueId stored = old.stored;
    if (IsShared(candidate)) {
      stored = AddConstantOf(editor_, pair.product, name + "_weight", type, bytes);
    } else {
      editor_.SetConstant(stored, type, bytes);
    }
    std::vector<ir::Argument> arguments{{"input", stored}};
    if (codes.per_channel) {
      const auto scale_type = old.per_channel ? old.scale_type : ir::ScalarType::kFloat32;
      const ir::TensorType zeros = ir::MakeTensorType(
          ir::ScalarType::kInt64, {static_cast<std::int64_t>(codes.zero_points.size())});
      arguments.push_back({"scales", AddScalesOf(editor_, pair.product, name + "_weight_scale",
                                                 scale_type, codes.scales)});
      arguments.push_back(
          {"zero_points", AddConstantOf(editor_, pair.product, name + "_weight_zero_point", zeros,
                                        ir::Bytes(codes.zero_points))});
      arguments.push_back({"axis", std::int64_t{pair.shape.transposed ? 1 : 0}});
    } else {
      arguments.push_back({"scale", codes.scales.front()});
      arguments.push_back({"zero_point", codes.zero_points.front()});
    }
    arguments.push_back({"quant_min", old.quant_min});
    arguments.push_back({"quant_max", old.quant_max});
    arguments.push_back({"dtype", old.dtype});
    const std::string kind = codes.per_channel ? "channel" : "tensor";
    const NodeId made =
        editor_.InsertBefore(pair.product, "dequantize_per_" + kind + "_default",
                             "quantized_decomposed.dequantize_per_" + kind + ".default",
                             std::move(arguments), {editor_.graph().value(pair.weight).type});
    editor_.SetArgument(pair.product, "weight", At(made).outputs.front());
  }

  Editor& editor_;
  const FoldNorm::Options& options_;
  const NormRules& rules_;
  ir::PassReport report_{"FoldConvBN", {}, {}};
};

}  // namespace

ir::PassReport FoldNorm::Run(ir::Editor& editor) const {
  return NormFolder(editor, options_, rules_).Run();
}

}  // namespace foldproof::fold
