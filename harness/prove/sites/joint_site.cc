// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/joint_site.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "harness/prove/conv/element_map.h"
#include "harness/prove/sites/lost_norm.h"

namespace foldproof::prove {
namespace {

class Key {
 public:
  void Number(std::int64_t x) { text_.append(reinterpret_cast<const char*>(&x), sizeof x); }
  void Text(const std::string& text) {
    Number(static_cast<std::int64_t>(text.size()));
    text_ += text;
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// Padding in front of a dimension and behind it: "same" puts the odd element behind.
void WriteGeometry(const FunctionalView& view, const ConvSide& conv, Key& out) {
  const ir::Convolution& op = conv.op;
  const auto& weight = view.program().graph.value(op.weight).type;
  out.Number(static_cast<std::int64_t>(op.spatial()));
  out.Number(op.transposed && op.spatial() > 0);
  out.Number(op.groups);
  out.Number(static_cast<std::int64_t>(conv.channels));
  out.Number(static_cast<std::int64_t>(conv.taps));
  for (std::size_t d = 0; d < op.spatial(); ++d) {
    const std::int64_t kernel = weight->dims[2 + d].size;
    const std::int64_t span = op.dilation[d] * (kernel - 1);
    const bool same = op.padding_mode == ir::Convolution::Padding::kSame;
    out.Number(kernel);
    out.Number(op.stride[d]);
    out.Number(kernel > 1 ? op.dilation[d] : 1);
    out.Number(same ? span / 2 : op.padding[d]);
    out.Number(same ? span - span / 2 : op.padding[d]);
    out.Number(op.output_padding[d]);
  }
}

// A quantize with the dequantize of its codes: x_q - z_x and s_x are all that comes of it (of codes
// of 8 and 16 bits, whose differences every type here holds exactly; of an x that is no NaN).
const ir::QuantizePerTensor* QuantizeBehind(const FunctionalView& view, const ConvSide& conv) {
  if (conv.float_input) return nullptr;
  const ir::Node* node = view.program().graph.ProducerOf(conv.input_codes);
  const auto* q = node ? std::get_if<ir::QuantizePerTensor>(&node->op) : nullptr;
  const ir::QuantParams& params = conv.input_params;
  const bool plain = q != nullptr && q->params.scale == params.scale &&
                     q->params.zero_point == params.zero_point &&
                     ir::ElementSize(q->params.dtype) <= 2 && std::abs(params.zero_point) <= 65536;
  return plain ? q : nullptr;
}

// Whether a channel cannot have the scale that its own weights want: others share it, or int32
// would not hold bias and sum at a finer one, of which they use all but a 32nd.
bool IsScaleCompromise(const ConvSide& side, std::size_t channel) {
  const double scale = side.weight_scales[channel];
  if (std::ranges::count(side.weight_scales, scale) > 1) return true;
  if (side.bias.kind != ConvBias::Kind::kQuantized) return false;
  const auto x = static_cast<double>(
      std::max(std::abs(side.input_range.low), std::abs(side.input_range.high)));
  double sum = std::abs(static_cast<double>(side.bias.shifted[channel]));
  for (const std::int32_t w : side.WeightsOf(channel)) sum += x * std::abs(static_cast<double>(w));
  return sum > 0x1p31 - 0x1p26;
}

}  // namespace

std::vector<std::string> JointKeys(const FunctionalView& view, const Numbering& numbers,
                                   const ConvSide& conv) {
  const ir::Graph& graph = view.program().graph;
  Key geometry;
  WriteGeometry(view, conv, geometry);
  geometry.Number(conv.float_input);
  geometry.Number(conv.input_range.low);
  geometry.Number(conv.input_range.high);
  geometry.Number(std::bit_cast<std::int32_t>(static_cast<float>(conv.input_params.scale)));
  Key read = geometry;
  read.Text("read");
  read.Number(numbers.ReadAt(graph.node(conv.node), conv.op.input).value);
  std::vector<std::string> keys{read.Take()};
  const ir::QuantizePerTensor* q = QuantizeBehind(view, conv);
  if (q == nullptr) return keys;
  // Back along the moves; where an edge counts as another value, the codes are not what is read.
  Key shifted = geometry;
  ir::NodeId reader = conv.node;
  ir::ValueId operand = conv.op.input;
  for (;;) {
    const ir::ValueId value = view.Read(reader, operand);
    if (numbers.ReadAt(graph.node(reader), operand).value != numbers.Of(value)) return keys;
    if (value == conv.input_cut) break;
    const ir::Node* node = graph.ProducerOf(value);
    shifted.Text(Numbering::Attributes(*node));
    reader = node->id;
    operand = MovedOperand(*node).value();
  }
  shifted.Text("quantized");
  shifted.Number(numbers.ReadAt(*graph.ProducerOf(conv.input_codes), q->input).value);
  shifted.Number(std::bit_cast<std::int64_t>(q->params.scale));
  shifted.Number(q->params.quant_min - q->params.zero_point);
  shifted.Number(q->params.quant_max - q->params.zero_point);
  keys.push_back(shifted.Take());
  return keys;
}

std::vector<char> JointChannels(const SiteSide& before_side, const SiteSide& after_side,
                                const std::vector<FrontierPair>& pairs) {
  const ConvSide& before = before_side.conv;
  const ConvSide& after = after_side.conv;
  std::vector<char> out(before.channels, 0);
  bool folded = std::ranges::any_of(pairs, [&](const FrontierPair& pair) {
    return LostNorm(before_side.tail, before_side.tail.frontiers[pair.before], after_side.tail,
                    after_side.tail.frontiers[pair.after]) != nullptr;
  });
  for (std::size_t c = 0; c < before.channels; ++c) {
    out[c] = before.real || after.real || before.RootOfWeights(c) != kNoRoot ||
             after.RootOfWeights(c) != kNoRoot || before.WeightsOf(c) != after.WeightsOf(c);
    folded |= out[c] != 0;
  }
  for (std::size_t c = 0; c < before.channels; ++c) {
    const bool rescaled = before.weight_scales[c] != after.weight_scales[c];
    if ((folded || rescaled) && IsScaleCompromise(after, c)) out[c] = 1;
  }
  if (std::ranges::find(out, char{1}) == out.end()) out.clear();
  return out;
}

double WeightDistance(const ConvSide& before, const ConvSide& after) {
  double distance = 0;
  for (std::size_t c = 0; c < before.channels; ++c) {
    const auto b = before.WeightsOf(c);
    const auto a = after.WeightsOf(c);
    double bb = 0, aa = 0, ab = 0;
    for (std::size_t t = 0; t < b.size(); ++t) {
      bb += static_cast<double>(b[t]) * static_cast<double>(b[t]);
      aa += static_cast<double>(a[t]) * static_cast<double>(a[t]);
      ab += static_cast<double>(a[t]) * static_cast<double>(b[t]);
    }
    distance += bb > 0 && aa > 0 ? 1 - std::abs(ab) / std::sqrt(bb * aa) : (bb > 0) != (aa > 0);
  }
  return distance;
}

}  // namespace foldproof::prove
