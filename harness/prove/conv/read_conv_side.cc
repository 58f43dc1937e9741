// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/read_conv_side.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

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

// Follows the conv's input back through moves to the dequantize that made it; where there is none,
// and floats are `read`, to whatever the moves begin with. Returns whether zeros were padded in
// between.
bool FindCut(const ConvReader& reader, ConvSide& side, bool floats) {
  const ir::Graph& graph = reader.graph();
  ir::ValueId value = reader.Operand(side.op.input);
  const ir::Node* node = graph.ProducerOf(value);
  bool pads_zero = false;
  while (node != nullptr && !std::holds_alternative<ir::DequantizePerTensor>(node->op)) {
    const auto moved = MovedCodes(*node, side, pads_zero);
    if (!moved && floats) break;
    if (!moved)
      throw NoIntegers{"its input is not dequantized: " + node->name + " (" + node->target + ")"};
    value = reader.view.Read(node->id, *moved);
    node = graph.ProducerOf(value);
  }
  if (floats && (node == nullptr || !std::holds_alternative<ir::DequantizePerTensor>(node->op))) {
    side.float_input = true;
    side.input_cut = side.input_codes = value;
    return pads_zero;
  }
  if (node == nullptr) throw NoIntegers{"its input is not quantized: " + graph.value(value).name};
  const auto& dq = std::get<ir::DequantizePerTensor>(node->op);
  side.input_cut = value;
  side.input_codes = reader.view.Read(node->id, dq.input);
  side.input_params = dq.params;
  return pads_zero;
}

// Zeros that are padded are in the range, too.
void CoverPadding(ConvSide& side) {
  side.input_range.low = std::min<std::int64_t>(side.input_range.low, 0);
  side.input_range.high = std::max<std::int64_t>(side.input_range.high, 0);
}

// A box of floats as whole numbers of a unit: the larger end is 2^k units, k from 8 to 16, and the
// other end is moved outward to a whole number where no such k makes it one.
void PutBox(const FloatRange& range, const FloatBox& box, ConvSide& side) {
  const double low = std::isfinite(range.low) ? static_cast<double>(range.low) : box.low;
  const double high = std::isfinite(range.high) ? static_cast<double>(range.high) : box.high;
  if (!(low <= high)) throw NoIntegers{"what it reads never lies in the range of float inputs"};
  const double size = std::max(std::abs(low), std::abs(high));
  // A float32 number, so that the unit is one: the next one where the end is none.
  auto larger = static_cast<float>(size);
  if (static_cast<double>(larger) < size)
    larger = std::nextafter(larger, std::numeric_limits<float>::infinity());
  if (larger == 0) larger = 1;
  if (!(larger >= 0x1p-100f && larger <= 0x1p100f))
    throw NoIntegers{"the range of its float input is too small or too large"};
  side.input_params = {1, 0, 0, 0, ir::ScalarType::kInt32};
  for (int k = 8; k <= 16; ++k) {
    const double unit = std::ldexp(static_cast<double>(larger), -k);
    side.input_params.scale = unit;
    side.input_range = {static_cast<std::int64_t>(std::floor(low / unit)),
                        static_cast<std::int64_t>(std::ceil(high / unit))};
    if (std::floor(low / unit) == low / unit && std::ceil(high / unit) == high / unit) break;
  }
}

void ReadFloatInput(const ConvReader& reader, const FloatBox& box, bool pads_zero, ConvSide& side) {
  const ir::Graph& graph = reader.graph();
  for (const ir::ValueId value : {side.input_cut, reader.Operand(side.op.input)}) {
    const auto& type = graph.value(value).type;
    if (type &&
        (type->dtype == ir::ScalarType::kFloat16 || type->dtype == ir::ScalarType::kBFloat16)) {
      throw NoIntegers{"it computes in " + std::string(ir::Name(type->dtype)) +
                       ", where no rounding of a sum of products is settled; export the program in "
                       "float32 to have it judged"};
    }
    if (!type || type->dtype != ir::ScalarType::kFloat32)
      throw NoIntegers{"its input " + graph.value(value).name + " is not known to be float32"};
  }
  if (reader.constants.IsConstant(side.input_cut)) throw NoIntegers{"its input is a constant"};
  const ir::Node* maker = graph.ProducerOf(side.input_cut);
  const auto* pad = maker != nullptr ? std::get_if<ir::Pad>(&maker->op) : nullptr;
  if (pad != nullptr && !(box.low <= pad->value && pad->value <= box.high))
    throw NoIntegers{"its input is padded with a number outside of the range of float inputs"};
  const FloatRange range = NumbersOf(reader.view, side.input_cut, Inputs::kAny);
  const FloatRange numbers = NumbersOf(reader.view, side.input_cut, Inputs::kNumbers);
  side.in_box = !std::isfinite(range.low) || !std::isfinite(range.high);
  side.may_be_nan = range.nan;
  PutBox(range, box, side);
  side.numbers = side.input_range;
  const double unit = side.input_params.scale;
  if (numbers.low != range.low)
    side.numbers.low =
        static_cast<std::int64_t>(std::ceil(static_cast<double>(numbers.low) / unit));
  if (numbers.high != range.high)
    side.numbers.high =
        static_cast<std::int64_t>(std::floor(static_cast<double>(numbers.high) / unit));
  if (pads_zero) CoverPadding(side);
}

void ReadInput(const ConvReader& reader, const FloatBox* box, ConvSide& side) {
  const bool pads_zero = FindCut(reader, side, box != nullptr);
  if (side.float_input) return ReadFloatInput(reader, *box, pads_zero, side);
  const ir::Graph& graph = reader.graph();
  const ir::QuantParams& params = side.input_params;
  // PyTorch refuses codes of another type than the dequantizer's.
  CodeRange range{ir::LowestOf(params.dtype), ir::HighestOf(params.dtype)};
  CodeRange numbers = range;
  const ir::Node* codes = graph.ProducerOf(side.input_codes);
  if (const auto* q = codes ? std::get_if<ir::QuantizePerTensor>(&codes->op) : nullptr) {
    range = CodesOf(reader.view, *codes, *q, Inputs::kAny);
    numbers = CodesOf(reader.view, *codes, *q, Inputs::kNumbers);
  }
  if (range.high - range.low > 65535) throw NoIntegers{"its input has more than 16 bits"};
  side.input_range = {range.low - params.zero_point, range.high - params.zero_point};
  side.numbers = {numbers.low - params.zero_point, numbers.high - params.zero_point};
  if (pads_zero) CoverPadding(side);
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

// The integer form takes A * s_x * s_w, which is finite where a dequantized operand, or a sum of
// products in the order of some kernel, is not any more.
void CheckFinite(const ConvSide& side) {
  constexpr double kMost = std::numeric_limits<float>::max();
  const double x = static_cast<double>(
                       std::max(std::abs(side.input_range.low), std::abs(side.input_range.high))) *
                   std::abs(static_cast<double>(side.input_params.scale));
  const ir::ScalarType codes = side.weights.dtype;
  for (std::size_t c = 0; c < side.channels; ++c) {
    const std::int64_t zero_point = side.weight_zero_points[c];
    const auto most = static_cast<double>(std::max(std::abs(ir::LowestOf(codes) - zero_point),
                                                   std::abs(ir::HighestOf(codes) - zero_point)));
    const double w = most * std::abs(side.weight_scales[c]);
    if (x <= kMost && w <= kMost && static_cast<double>(side.taps) * x * w <= kMost) continue;
    throw NoIntegers{"its dequantized operands, or sums of their products, may overflow float32"};
  }
}

void CheckAttributes(const ir::Convolution& op) {
  for (const auto* sizes : {&op.stride, &op.padding, &op.dilation, &op.output_padding}) {
    for (const std::int64_t size : *sizes) {
      if (std::abs(size) > kMostAttribute) throw NoIntegers{"an attribute is above 2^24"};
    }
  }
}

std::optional<ir::ValueId> OperandOf(const ir::Node& node, std::string_view name) {
  for (const ir::Argument& argument : node.arguments) {
    const auto* value = std::get_if<ir::ValueId>(&argument.value);
    if (argument.name == name && value != nullptr) return *value;
  }
  return std::nullopt;
}

bool IsOne(const ir::Node& node, std::string_view name) {
  for (const ir::Argument& argument : node.arguments) {
    if (argument.name != name) continue;
    const auto* real = std::get_if<double>(&argument.value);
    const auto* integer = std::get_if<std::int64_t>(&argument.value);
    return (real != nullptr && *real == 1) || (integer != nullptr && *integer == 1);
  }
  return true;
}

// mm(x, w) and addmm(b, x, w) with alpha = beta = 1: w is [inputs, outputs], as of a transposed
// conv without spatial dimensions; where it is the transpose of a matrix, that one is a linear's
// weight.
std::optional<ir::Convolution> ProductOf(const FunctionalView& view, const ir::Node& node) {
  if (!IsMatrixProduct(node)) return std::nullopt;
  const bool adds = node.target == "aten.addmm.default";
  const auto input = OperandOf(node, adds ? "mat1" : "self");
  const auto weight = OperandOf(node, "mat2");
  if (!input || !weight) return std::nullopt;
  ir::Convolution out;
  out.input = *input;
  out.weight = *weight;
  out.transposed = true;
  if (adds) {
    // A row that is added to all rows; another shape adds a number of its own to each.
    const auto bias = OperandOf(node, "self");
    if (!bias || !IsOne(node, "alpha") || !IsOne(node, "beta")) return std::nullopt;
    const auto& type = view.program().graph.value(*bias).type;
    if (!type || type->rank() > 1) return std::nullopt;
    out.bias = *bias;
  }
  const ir::Node* maker = view.program().graph.ProducerOf(view.Read(node.id, *weight));
  const auto* turned = maker != nullptr ? std::get_if<ir::Permute>(&maker->op) : nullptr;
  if (turned != nullptr && turned->dims == std::vector<std::int64_t>{1, 0}) {
    out.weight = view.Read(maker->id, turned->input);
    out.transposed = false;
  }
  return out;
}

std::optional<ir::Convolution> AnyConvolutionOf(const FunctionalView& view, const ir::Node& node) {
  if (auto conv = ConvolutionOf(node.op)) return conv;
  return ProductOf(view, node);
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

bool IsMatrixProduct(const ir::Node& node) {
  return node.target == "aten.mm.default" || node.target == "aten.addmm.default";
}

bool IsConvolution(const FunctionalView& view, const ConstantValues& constants,
                   const ir::Node& node) {
  if (IsConvolution(node)) return true;
  const auto product = ProductOf(view, node);
  if (!product) return false;
  const ir::ValueId weight = view.Read(node.id, product->weight);
  return view.program().ConstantOf(weight) != nullptr || constants.Has(weight);
}

ConvSideOrReason ReadConvSide(const FunctionalView& view, const ConstantValues& constants,
                              const ir::Node& node, const FloatBox* box) {
  const ConvReader reader{view, constants, node};
  ConvSide side;
  side.node = node.id;
  side.op = AnyConvolutionOf(view, node).value();
  side.output = node.outputs.at(0);
  try {
    CheckAttributes(side.op);
    CheckElements(reader, side);
    ReadInput(reader, box, side);
    reader.ReadWeight(side, box != nullptr);
    reader.ReadBias(side);
    ReadShared(reader, side);
    side.real = side.float_input || side.float_weights;
    ReadTapClasses(reader, side);
    if (side.real)
      reader.BoundSums(side);
    else
      CheckFinite(side);
  } catch (const NoIntegers& none) {
    return {std::nullopt, none.reason};
  }
  return {std::move(side), {}};
}

}  // namespace foldproof::prove
