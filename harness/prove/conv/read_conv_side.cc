// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/read_conv_side.h"

#include <algorithm>
#include <set>

#include "harness/prove/conv/code_range.h"
#include "harness/prove/conv/conv_reader.h"
#include "harness/prove/conv/element_identity.h"
#include "harness/prove/conv/element_map.h"
#include "harness/prove/conv/tap_classes.h"

namespace foldproof::prove {
namespace {

constexpr std::int64_t kMostAttribute = std::int64_t{1} << 24;
constexpr std::int64_t kMostInput = std::int64_t{1} << 20;  // of |x_q - z_x|

// The same as MovedOperand, but for a padding with a number that no code stands for; notes
// paddings.
std::optional<ir::ValueId> MovedCodes(const ir::Node& node, ConvSide& side, bool& pads_zero) {
  if (const auto* pad = std::get_if<ir::Pad>(&node.op)) {
    const bool constant = pad->mode == ir::Pad::Mode::kConstant;
    if (constant && pad->value != 0) return std::nullopt;
    pads_zero |= constant;
    side.reads_padded = true;
  }
  return MovedOperand(node);
}

// Follows the conv's input back through moves to the dequantize that made it. Returns whether zeros
// were padded in between.
bool FindCut(const ConvReader& reader, ConvSide& side) {
  const ir::Graph& graph = reader.graph();
  ir::ValueId value = reader.Operand(side.op.input);
  const ir::Node* node = graph.ProducerOf(value);
  bool pads_zero = false;
  while (node != nullptr && !std::holds_alternative<ir::DequantizePerTensor>(node->op)) {
    const auto moved = MovedCodes(*node, side, pads_zero);
    if (!moved)
      throw NoIntegers{"its input is not dequantized: " + node->name + " (" + node->target + ")"};
    value = reader.view.Read(node->id, *moved);
    node = graph.ProducerOf(value);
  }
  if (node == nullptr) throw NoIntegers{"its input is not quantized: " + graph.value(value).name};
  const auto& dq = std::get<ir::DequantizePerTensor>(node->op);
  side.input_cut = value;
  side.input_codes = reader.view.Read(node->id, dq.input);
  side.input_params = dq.params;
  return pads_zero;
}

void ReadInput(const ConvReader& reader, ConvSide& side) {
  const bool pads_zero = FindCut(reader, side);
  const ir::Graph& graph = reader.graph();
  const ir::QuantParams& params = side.input_params;
  std::int64_t low = params.quant_min;
  std::int64_t high = params.quant_max;
  const ir::Node* codes = graph.ProducerOf(side.input_codes);
  if (const auto* q = codes ? std::get_if<ir::QuantizePerTensor>(&codes->op) : nullptr) {
    const CodeRange range = CodesOf(reader.view, *codes, *q);
    low = range.low;
    high = range.high;
  } else {  // PyTorch refuses codes of another type than the dequantizer's
    low = ir::LowestOf(params.dtype);
    high = ir::HighestOf(params.dtype);
  }
  if (high - low > 65535) throw NoIntegers{"its input has more than 16 bits"};
  side.input_range = {low - params.zero_point, high - params.zero_point};
  if (pads_zero) {
    side.input_range.low = std::min<std::int64_t>(side.input_range.low, 0);
    side.input_range.high = std::max<std::int64_t>(side.input_range.high, 0);
  }
  if (side.input_range.low < -kMostInput || side.input_range.high > kMostInput) {
    throw NoIntegers{"its input has zero point " + std::to_string(params.zero_point)};
  }
}

// Notes whether two taps of some window may read one element: the reach is a superset then, and a
// witness must be laid into a real input, as behind a padding.
void ReadShared(const ConvReader& reader, ConvSide& side) {
  const ir::ValueId input = reader.Operand(side.op.input);
  const auto ids = IdentifyElements(reader.view, input);
  if (!ids) {
    // Of sizes that are no numbers it is not known which elements are copies.
    const auto& type = reader.graph().value(input).type;
    side.reads_padded |= (!type || !type->is_static()) && MayCopyElements(reader.view, input);
    return;
  }
  std::set<std::int64_t> seen;
  for (const std::int64_t id : *ids) side.reads_padded |= id >= 0 && !seen.insert(id).second;
}

void ReadTapClasses(const ConvReader& reader, ConvSide& side) {
  const auto& weight = reader.graph().value(side.op.weight).type;
  if (!weight || !weight->is_static()) throw NoIntegers{"its weight's shape is not known"};
  TapClasses classes = FindTapClasses(reader.view.program(), side.op, side.input_range);
  if (classes.classes.empty()) throw NoIntegers{"its output has no elements"};
  side.tap_classes = std::move(classes.classes);
  side.padded_zero_only = classes.padding_adds_zero;
}

// An empty batch has no window: no input makes an accumulator, so nothing of the tail can be shown.
void CheckElements(const ConvReader& reader, const ConvSide& side) {
  for (const ir::ValueId id : {reader.Operand(side.op.input), side.output}) {
    const auto& type = reader.graph().value(id).type;
    if (type && type->element_count() == std::int64_t{0}) {
      throw NoIntegers{
          "its output has no elements; export the program for a batch of at least one"};
    }
  }
}

void CheckAttributes(const ir::Convolution& op) {
  for (const auto* sizes : {&op.stride, &op.padding, &op.dilation, &op.output_padding}) {
    for (const std::int64_t size : *sizes) {
      if (std::abs(size) > kMostAttribute) throw NoIntegers{"an attribute is above 2^24"};
    }
  }
}

}  // namespace

std::optional<ir::Convolution> ConvolutionOf(const ir::Op& op) {
  if (const auto* conv = std::get_if<ir::Convolution>(&op)) return *conv;
  const auto* linear = std::get_if<ir::Linear>(&op);
  if (linear == nullptr) return std::nullopt;
  ir::Convolution out;
  out.input = linear->input;
  out.weight = linear->weight;
  out.bias = linear->bias;
  return out;
}

ConvSideOrReason ReadConvSide(const FunctionalView& view, const ConstantValues& constants,
                              const ir::Node& node, FloatWeights floats) {
  const ConvReader reader{view, constants, node};
  ConvSide side;
  side.node = node.id;
  side.op = ConvolutionOf(node.op).value();
  side.output = node.outputs.at(0);
  try {
    CheckAttributes(side.op);
    CheckElements(reader, side);
    ReadInput(reader, side);
    reader.ReadWeight(side, floats == FloatWeights::kRead);
    reader.ReadBias(side);
    ReadShared(reader, side);
    if (side.real) reader.BoundSums(side);
    ReadTapClasses(reader, side);
  } catch (const NoIntegers& none) {
    return {std::nullopt, none.reason};
  }
  return {std::move(side), {}};
}

}  // namespace foldproof::prove
