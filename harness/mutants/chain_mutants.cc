// SPDX-License-Identifier: BSD-3-Clause
//
// Chains that are not seen, so that they survive, and values that are read as something else.
#include <string>

#include "harness/mutants/mutant_kinds.h"
#include "src/base/error.h"

namespace foldproof::mutants {
namespace {

using fold::ConvBnChain;
using fold::FoldRules;
using Match = std::variant<ConvBnChain, ir::Miss>;

// The engine's chain, unless `Unknown` says that this mutant does not know it.
template <auto Unknown>
Match Unless(const ir::Graph& graph, const ir::Node& norm) {
  Match match = fold::MatchChain(graph, norm);
  const auto* chain = std::get_if<ConvBnChain>(&match);
  if (chain == nullptr || !Unknown(graph, *chain)) return match;
  return ir::Miss{"no-chain", norm.name, "not a chain that is known"};
}

bool MadeBy(const ir::Graph& graph, ir::ValueId value, std::string_view target) {
  const ir::Node* node = graph.ProducerOf(value);
  return node != nullptr && node->target == target;
}

// numerator · rsqrt(variance + eps): the product stands behind the reshape.
bool IsProduct(const ir::Graph& graph, const ConvBnChain& chain) {
  const ir::Node* node = graph.ProducerOf(chain.reshaped_scale);
  while (node != nullptr && std::holds_alternative<ir::Reshape>(node->op)) {
    node = graph.ProducerOf(std::get<ir::Reshape>(node->op).input);
  }
  const auto* binary = node == nullptr ? nullptr : std::get_if<ir::Binary>(&node->op);
  return binary != nullptr && binary->kind == ir::Binary::Kind::kMul;
}

bool IsView(const ir::Graph& graph, const ConvBnChain& chain) {
  return MadeBy(graph, chain.reshaped_scale, "aten.view.default");
}

// add(orig, div).
bool IsSwapped(const ir::Graph& graph, const ConvBnChain& chain) {
  if (!chain.add) return false;
  const auto& add = std::get<ir::Binary>(graph.node(*chain.add).op);
  return std::get<ir::ValueId>(add.other) == graph.node(chain.div).outputs.front();
}

// nullptr of a linear.
const ir::Convolution* ConvOf(const ir::Graph& graph, const ConvBnChain& chain) {
  return std::get_if<ir::Convolution>(&graph.node(chain.conv).op);
}

bool IsConvolution(const ir::Graph& graph, const ConvBnChain& chain) {
  return graph.node(chain.conv).target == "aten.convolution.default";
}

bool IsTransposed(const ir::Graph& graph, const ConvBnChain& chain) {
  const ir::Convolution* conv = ConvOf(graph, chain);
  return conv != nullptr && conv->transposed;
}

bool IsPaddedByName(const ir::Graph& graph, const ConvBnChain& chain) {
  const ir::Convolution* conv = ConvOf(graph, chain);
  return conv != nullptr && conv->padding_mode != ir::Convolution::Padding::kNumbers;
}

bool IsUnquantized(const ir::Graph&, const ConvBnChain& chain) { return !chain.quantize; }

bool IsNative(const ir::Graph& graph, const ConvBnChain& chain) {
  return graph.node(chain.norm).target != "aten.batch_norm.default";
}

// alpha is read as a factor on add's first operand.
Match AlphaOfFirst(const ir::Graph& graph, const ir::Node& norm) {
  Match match = fold::MatchChain(graph, norm);
  if (auto* chain = std::get_if<ConvBnChain>(&match)) {
    std::swap(chain->bias_alpha, chain->value_alpha);
  }
  return match;
}

// A batch_norm that takes the statistics of its batch is read as one that takes the running ones.
Match InTraining(const ir::Graph& graph, const ir::Node& norm) {
  ir::Node evaluated = norm;
  std::get<ir::BatchNorm>(evaluated.op).training = false;
  return fold::MatchChain(graph, evaluated);
}

std::optional<fold::QuantizedBias> OfOneScale(const ir::Program& program, ir::ValueId bias) {
  const ir::Node* node = program.graph.ProducerOf(bias);
  if (node == nullptr || !std::holds_alternative<ir::DequantizePerTensor>(node->op)) {
    return std::nullopt;
  }
  return fold::ReadQuantizedBias(program, bias);
}

// As Python does where it asks None for its value.
std::optional<fold::ChainChannels> AffineOrRaise(const ir::Program& program,
                                                 const ConvBnChain& chain, std::size_t channels,
                                                 std::string& fault) {
  const ir::Node& node = program.graph.node(chain.norm);
  const auto& norm = std::get<ir::BatchNorm>(node.op);
  if (norm.weight && norm.bias) return fold::ReadChannels(program, chain, channels, fault);
  throw Error(Error::Code::kInput, node.name, "batch_norm has no weight or no bias");
}

std::size_t Rewrites(const fold::FoldResult& result) {
  return result.passes.back().rewritten.size();
}

struct ReadAs {
  std::string_view from, to;
};
constexpr ReadAs kSubAsAdd{"aten.sub.Tensor", "aten.add.Tensor"};
constexpr ReadAs kMulAsDiv{"aten.mul.Tensor", "aten.div.Tensor"};

// The engine on a program in which one operator is taken for another, where that lets it fold more.
template <const ReadAs& Mistake>
fold::FoldResult Misread(ir::Program program, const fold::FoldOptions& options) {
  fold::FoldResult honest = fold::Fold(program, options);
  ir::Editor editor(std::move(program));
  const std::vector<ir::NodeId> order = editor.Order();
  for (const ir::NodeId id : order) {
    const ir::Node node = editor.graph().node(id);
    if (node.target != Mistake.from) continue;
    const ir::ValueId value = node.outputs.front();
    const ir::NodeId other = editor.InsertBefore(
        id, node.name, std::string(Mistake.to), node.arguments, {editor.graph().value(value).type});
    editor.ReplaceUses(value, editor.graph().node(other).outputs.front());
    editor.Erase(id);
  }
  fold::FoldResult mistaken = fold::Fold(std::move(editor).Finish(), options);
  return Rewrites(mistaken) > Rewrites(honest) ? mistaken : honest;
}

std::optional<ir::Miss> ReadsNothingWritten(const ir::Editor&, ir::NodeId) { return std::nullopt; }

using MatchRule = decltype(FoldRules::match);

struct ChainRow {
  std::string_view name, breaks;
  MatchRule match;
};
constexpr ChainRow kChainRows[] = {
    {"rsqrt-unknown", "chain: weight · rsqrt is not seen", Unless<IsProduct>},
    {"view-unknown", "chain: view is not seen", Unless<IsView>},
    {"swapped-add-unknown", "chain: add(orig, div) is not seen", Unless<IsSwapped>},
    {"convolution-unknown", "chain: convolution.default is not seen", Unless<IsConvolution>},
    {"transposed-unknown", "chain: transposed convolutions are not seen", Unless<IsTransposed>},
    {"padding-word-unknown", "chain: padding as a word is not seen", Unless<IsPaddedByName>},
    {"unquantized-unknown", "chain: one without a quantizer in front is not seen",
     Unless<IsUnquantized>},
    {"native-norm-unknown", "chain: _native_batch_norm_legit_no_training is not seen",
     Unless<IsNative>},
    {"alpha-of-first-operand", "chain: add's alpha is read as its first operand's", AlphaOfFirst},
};

}  // namespace

std::vector<Mutant> ChainMutants() {
  std::vector<Mutant> mutants;
  const auto add = [&](std::string_view name, std::string_view breaks, auto change) {
    mutants.push_back(MutantOf(name, breaks, fold::Policy::kGuarded, change));
  };
  for (const ChainRow& row : kChainRows) {
    add(row.name, row.breaks, [&](FoldRules& rules) { rules.match = row.match; });
  }
  add("per-channel-bias-unknown", "chain: a bias of one scale a channel is not seen",
      [](FoldRules& rules) { rules.read_bias = OfOneScale; });
  // A batch_norm in training mode also writes into its statistics, for which it would be left.
  add("batch-statistics-taken", "chain: batch_norm in training mode is folded",
      [](FoldRules& rules) {
        rules.match = InTraining;
        rules.written_operand = ReadsNothingWritten;
      });
  add("no-affine-raises", "chain: a batch_norm without weight or bias raises an exception",
      [](FoldRules& rules) { rules.read_channels = AffineOrRaise; });
  add("sub-read-as-add", "chain: sub(div, orig) is folded", [](FoldRules&) {});
  mutants.back().fold = Misread<kSubAsAdd>;
  add("mul-read-as-div", "chain: mul(value, s) is folded", [](FoldRules&) {});
  mutants.back().fold = Misread<kMulAsDiv>;
  return mutants;
}

}  // namespace foldproof::mutants
