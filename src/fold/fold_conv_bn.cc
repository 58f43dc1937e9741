// SPDX-License-Identifier: BSD-3-Clause
//
//   conv(x, w, b) ─ [q ─ dq] ─ div(reshape(s)) ─ [add(reshape(orig))] ─ batch_norm ─ …
//
// becomes  conv(x, w, b + C) ─ q ─ dq ─ …
// or, repaired or where there were no q and dq,  conv(x, w, b + C) ─ …
//   requires: a bias that is dequantized from an int32 constant: C has no other place to go
//   requires: chain_guards.cc
//   requires: b + C inside the bias's code range
#include "src/fold/fold_conv_bn.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/fold/decided_fold.h"
#include "src/fold/each_batch_norm.h"
#include "src/fold/product.h"
#include "src/ir/constant_vector.h"
#include "src/ir/half_quantizer.h"

namespace foldproof::fold {
namespace {

using ir::Editor;
using ir::Miss;
using ir::Node;
using ir::NodeId;
using ir::ValueId;

class ConvBnFolder {
 public:
  ConvBnFolder(Editor& editor, FoldConvBn::Quantizer quantizer, const FoldRules& rules,
               const RoundedBiases* rounded)
      : editor_(editor), quantizer_(quantizer), rules_(rules), rounded_(rounded) {}

  ir::PassReport Run() {
    FoldEachBatchNorm(editor_, report_, [this](NodeId id) { return Fold(id); });
    return std::move(report_);
  }

 private:
  const ir::Program& program() const { return editor_.program(); }
  const Node& At(NodeId id) const { return editor_.graph().node(id); }

  std::optional<Miss> Fold(NodeId id) {
    auto match = rules_.match(editor_.graph(), At(id));
    if (auto* miss = std::get_if<Miss>(&match)) return std::move(*miss);
    const auto& chain = std::get<ConvBnChain>(match);
    if (auto miss = rules_.written_operand(editor_, id)) return miss;
    const Product product = ReadProduct(At(chain.conv)).value();
    auto bias = product.bias ? rules_.read_bias(program(), *product.bias) : std::nullopt;
    if (!bias) {
      return Miss{"bias-missing", At(chain.conv).name,
                  "it has no bias that is dequantized from int32 codes"};
    }
    if (rounded_ != nullptr) {
      const auto found = rounded_->find(chain.conv);
      if (found != rounded_->end()) bias->remainders = found->second;
    }
    const auto channels =
        static_cast<std::size_t>(OutputChannels(editor_.graph(), product).value_or(0));
    std::string fault;
    auto read = rules_.read_channels(program(), chain, channels, fault);
    if (!read) return Miss{"no-chain", At(id).name, fault};
    const Candidate candidate{&program(), chain, std::move(*read), std::move(*bias)};
    auto decided = DecideFold(candidate, rules_);
    if (auto* miss = std::get_if<Miss>(&decided)) return std::move(*miss);
    const auto& fold = std::get<DecidedFold>(decided);
    return Rewrite(candidate, fold.corrections, fold.codes);
  }

  std::optional<Miss> Rewrite(const Candidate& candidate, const std::vector<double>& corrections,
                              const std::vector<std::int32_t>& codes) {
    const ConvBnChain& chain = candidate.chain;
    const std::string name = At(chain.norm).name;
    const ValueId made = At(chain.norm).outputs.front();
    std::string detail = "folded into the bias of " + At(chain.conv).name;
    if (!chain.quantize) {
      editor_.ReplaceUses(made, At(chain.conv).outputs.front());
    } else if (quantizer_ == FoldConvBn::Quantizer::kKeep) {
      editor_.ReplaceUses(made, At(*chain.dequantize).outputs.front());
    } else if (rules_.drops_quantizer(editor_.graph(), made)) {
      editor_.ReplaceUses(made, At(chain.conv).outputs.front());
      detail += "; its quantizer dropped, another follows";
    } else {
      const ir::QuantParams old = ir::ReadQuantize(editor_.graph(), &At(*chain.quantize))->params;
      const auto params = rules_.repaired_params(
          rules_.unclipped_ranges(program(), At(chain.conv), candidate.bias, old), corrections,
          old);
      if (!params) {
        return Miss{"saturation", At(*chain.quantize).name, "no scale holds the shifted range"};
      }
      if (*params != old) detail += "; its quantizer got another range";
      SetParams(*chain.quantize, *params);
      SetParams(*chain.dequantize, *params);
      editor_.ReplaceUses(made, At(*chain.dequantize).outputs.front());
    }
    StoreBias(chain.conv, candidate.bias, codes);
    report_.rewritten.push_back({name, std::move(detail)});
    return std::nullopt;
  }

  void SetParams(NodeId id, const ir::QuantParams& params) {
    editor_.SetArgument(id, "scale", params.scale);
    editor_.SetArgument(id, "zero_point", params.zero_point);
  }

  // Codes that others read stay as they are for them: this convolution gets its own.
  void StoreBias(NodeId conv, const QuantizedBias& bias, const std::vector<std::int32_t>& codes) {
    const ir::TensorType type =
        ir::MakeTensorType(ir::ScalarType::kInt32, {static_cast<std::int64_t>(codes.size())});
    const ValueId dequantized = At(bias.dequantize).outputs.front();
    const bool shared = rules_.readers(program(), dequantized) > 1;
    if (!shared && rules_.readers(program(), bias.codes) == 1) {
      editor_.SetConstant(bias.codes, type, ir::Bytes(codes));
      return;
    }
    const std::string attribute = At(conv).name + "_bias";
    const ValueId own = editor_.AddParameter(shared ? conv : bias.dequantize, attribute,
                                             "arg_" + attribute, type, ir::Bytes(codes));
    if (!shared) {
      editor_.SetArgument(bias.dequantize, "input", own);
      return;
    }
    std::vector<ir::Argument> arguments = At(bias.dequantize).arguments;
    for (ir::Argument& argument : arguments) {
      if (argument.name == "input") argument.value = own;
    }
    const std::string target = At(bias.dequantize).target;
    const NodeId copy =
        editor_.InsertBefore(conv, At(bias.dequantize).name, target, std::move(arguments),
                             {editor_.graph().value(dequantized).type});
    editor_.SetArgument(conv, "bias", At(copy).outputs.front());
  }

  Editor& editor_;
  FoldConvBn::Quantizer quantizer_;
  const FoldRules& rules_;
  const RoundedBiases* rounded_;
  ir::PassReport report_{"FoldQATConvBN", {}, {}};
};

}  // namespace

ir::PassReport FoldConvBn::Run(ir::Editor& editor) const {
  return ConvBnFolder(editor, quantizer_, rules_, rounded_).Run();
}

}  // namespace foldproof::fold
