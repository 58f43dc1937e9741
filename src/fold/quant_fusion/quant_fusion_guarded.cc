// SPDX-License-Identifier: BSD-3-Clause
//
//   dq(x), dq(w) [, dq(b)] ─ conv [─ relu] ─ q         becomes   cadence.quantized_conv…(x, w, b)
//   dq(x), dq(w) [, dq(b)] ─ linear ─ q                          cadence.quantized_linear(x, w, b)
//   dq(x), dq(y) ─ add [─ relu] ─ q                              cadence.quantized_add(x, y)
//   dq(x) ─ relu ─ q                                             cadence.quantized_relu(x)
//   dq(x) ─ max_pool2d ─ q                                       cadence.quantized_max_pool2d(x)
//
// The guards are quantized_product.h and quantized_tail.h, and what each function here asks for;
// docs/quant_fusion.md lists them with the hole of upstream that each answers.
#include "src/fold/quant_fusion/quant_fusion_guarded.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "src/fold/quant_fusion/fixed_point.h"
#include "src/fold/quant_fusion/quantized_product.h"
#include "src/fold/quant_fusion/quantized_tail.h"

namespace foldproof::fold {
namespace {

using ir::Argument;
using ir::Miss;
using ir::Node;
using ir::NodeId;
using ir::ValueId;
using Outcome = std::optional<Miss>;
using P = FusionPattern;

// Whether float32 holds it with all its digits.
bool IsNormal(double number) { return std::isnormal(static_cast<float>(number)); }

class Fuser {
 public:
  Fuser(ir::Editor& editor, const std::vector<FusionPattern>& patterns)
      : editor_(editor), patterns_(patterns) {}

  ir::PassReport Run() {
    const std::vector<NodeId> order = editor_.Order();
    for (const NodeId id : order) {
      if (editor_.IsErased(id)) continue;
      const Node anchor = editor_.graph().node(id);  // a copy: making nodes moves them
      if (auto miss = Visit(anchor)) report_.missed.push_back(std::move(*miss));
    }
    if (report_.changed()) editor_.EraseDead();
    return std::move(report_);
  }

 private:
  const ir::Program& program() const { return editor_.program(); }
  const ir::Graph& graph() const { return editor_.graph(); }
  bool Wanted(FusionPattern pattern) const {
    return std::find(patterns_.begin(), patterns_.end(), pattern) != patterns_.end();
  }

  Outcome Visit(const Node& anchor) {
    if (const auto* conv = std::get_if<ir::Convolution>(&anchor.op)) return FuseConv(anchor, *conv);
    if (const auto* linear = std::get_if<ir::Linear>(&anchor.op)) {
      return FuseLinear(anchor, *linear);
    }
    if (const auto* binary = std::get_if<ir::Binary>(&anchor.op)) {
      const bool add = binary->kind == ir::Binary::Kind::kAdd && !binary->in_place;
      return add ? FuseAdd(anchor, *binary) : std::nullopt;
    }
    if (const auto* unary = std::get_if<ir::Unary>(&anchor.op)) {
      return unary->kind == ir::Unary::Kind::kRelu ? FuseRelu(anchor, *unary) : std::nullopt;
    }
    if (anchor.target == RowOf(P::kMaxPool2d).targets[0]) return FuseMaxPool(anchor, P::kMaxPool2d);
    if (anchor.target == RowOf(P::kMaxPool2dWithoutIndices).targets[0]) {
      return FuseMaxPool(anchor, P::kMaxPool2dWithoutIndices);
    }
    return std::nullopt;
  }

  Outcome FuseConv(const Node& anchor, const ir::Convolution& conv) {
    const bool one = conv.spatial() == 1;
    if (!Wanted(one ? P::kConv1d : P::kConv2d)) return std::nullopt;
    if (conv.transposed || conv.spatial() > 2) {
      return Miss{"no-operator", anchor.name, "no quantized operator is for such a convolution"};
    }
    auto read = ReadQuantizedProduct(program(), anchor, conv.input, conv.weight, conv.bias);
    if (auto* miss = std::get_if<Miss>(&read)) return std::move(*miss);
    const auto& product = std::get<QuantizedProduct>(read);
    auto matched = MatchTail(graph(), anchor);
    if (auto* miss = std::get_if<Miss>(&matched)) return std::move(*miss);
    const auto& tail = std::get<QuantizedTail>(matched);
    const P pattern = tail.relu ? (tail.relu_in_place ? (one ? P::kConv1dRelu1 : P::kConv2dRelu1)
                                                      : (one ? P::kConv1dRelu0 : P::kConv2dRelu0))
                                : (one ? P::kConv1d : P::kConv2d);
    if (!Wanted(pattern)) return std::nullopt;
    if (auto miss = ConvFailure(anchor, conv, product)) return miss;
    if (auto miss = ProductFailure(anchor, product, tail)) return miss;
    EmitConv(anchor, conv, product, tail, std::string(RowOf(pattern).replacement));
    return std::nullopt;
  }

  Outcome ConvFailure(const Node& anchor, const ir::Convolution& conv,
                      const QuantizedProduct& product) const {
    if (conv.padding_mode != ir::Convolution::Padding::kNumbers) {
      return Miss{"padding", anchor.name, "its padding is a word; the operators take numbers"};
    }
    const auto& type = graph().value(product.input_codes).type;
    if (!type || type->rank() != conv.spatial() + 2) {
      return Miss{"unbatched", anchor.name, "its input has no batch; the operators need one"};
    }
    return std::nullopt;
  }

  // The scales as the operators use them, the tail, and memory that changes.
  Outcome ProductFailure(const Node& anchor, const QuantizedProduct& product,
                         const QuantizedTail& tail) const {
    if (auto miss = TailFailure(anchor, tail, product.input.dtype)) return miss;
    if (!IsNormal(product.input.scale) || !IsNormal(product.weight.scale) ||
        !IsNormal(product.scale()) || !ScaleHolds(product.scale(), tail.out.scale)) {
      return Miss{"scale", anchor.name, kScaleReason};
    }
    std::vector<ValueId> read{product.input_codes, product.weight_codes};
    if (product.bias_codes) read.push_back(*product.bias_codes);
    return MemoryFailure(anchor, std::move(read));
  }

  static constexpr const char* kScaleReason = "a scale, or a ratio of scales, is no normal float32";

  static bool ScaleHolds(double from, double to) {
    return IsNormal(to) && IsNormal(1.0 / to) && IsNormal(from / to);
  }

  // `codes` and what the anchor reads, the dequantized ones.
  Outcome MemoryFailure(const Node& anchor, std::vector<ValueId> codes) const {
    for (const Argument& argument : anchor.arguments) {
      ir::ForEachRead(argument.value, [&](ValueId read) { codes.push_back(read); });
    }
    const bool itself = std::holds_alternative<ir::Unary>(anchor.op);
    if (!WrittenInPlace(editor_, codes, itself ? std::optional(anchor.id) : std::nullopt)) {
      return std::nullopt;
    }
    return Miss{"written-in-place", anchor.name, "an operator writes into what it reads"};
  }

  void EmitConv(const Node& anchor, const ir::Convolution& conv, const QuantizedProduct& product,
                const QuantizedTail& tail, std::string target) {
    const std::int64_t channels = graph().value(product.input_codes).type->dims[1].size;
    if (conv.spatial() == 1 && conv.groups > 1 && conv.groups == channels) {
      target = "cadence.quantized_depthwise_conv1d_ncl.per_tensor";
    }
    FixedPoint ratio = ReferenceFixedPoint(product.scale() / tail.out.scale);
    ratio.multiplier = -ratio.multiplier;  // the reference ignores it; kernels want it positive
    const ValueId bias = BiasOf(tail.quantize, product);
    Put(anchor, tail, target,
        {{"input", product.input_codes},
         {"weight", product.weight_codes},
         {"bias", bias},
         {"stride", conv.stride, true},
         {"padding", conv.padding, true},
         {"dilation", conv.dilation, true},
         {"groups", conv.groups, true},
         {"input_zero_point", product.input.zero_point, true},
         {"weight_zero_point", product.weight.zero_point, true},
         {"bias_scale", product.scale(), true},
         {"out_scale", tail.out.scale, true},
         {"out_zero_point", tail.out.zero_point, true},
         {"out_multiplier", ratio.multiplier, true},
         {"out_shift", ratio.shift, true}});
  }

  // The bias's codes; zeros where there is none.
  ValueId BiasOf(NodeId place, const QuantizedProduct& product) {
    if (product.bias_codes) return *product.bias_codes;
    const NodeId made =
        editor_.InsertBefore(place, "full_default", "aten.full.default",
                             {{"size", std::vector<std::int64_t>{product.outputs}},
                              {"fill_value", 0.0},
                              {"dtype", ir::ScalarType::kInt32, true}},
                             {ir::MakeTensorType(ir::ScalarType::kInt32, {product.outputs})});
    return graph().node(made).outputs.front();
  }

  Outcome FuseLinear(const Node& anchor, const ir::Linear& linear) {
    if (!Wanted(P::kLinear)) return std::nullopt;
    auto read = ReadQuantizedProduct(program(), anchor, linear.input, linear.weight, linear.bias);
    if (auto* miss = std::get_if<Miss>(&read)) return std::move(*miss);
    const auto& product = std::get<QuantizedProduct>(read);
    auto matched = MatchTail(graph(), anchor);
    if (auto* miss = std::get_if<Miss>(&matched)) return std::move(*miss);
    const auto& tail = std::get<QuantizedTail>(matched);
    if (tail.relu) {
      return Miss{"no-operator", anchor.name, "there is no pattern of a linear with a relu behind"};
    }
    if (auto miss = ProductFailure(anchor, product, tail)) return miss;
    const FixedPoint ratio = ReferenceFixedPoint(product.scale() / tail.out.scale);
    const ValueId bias = BiasOf(tail.quantize, product);
    Put(anchor, tail, RowOf(P::kLinear).replacement,
        {{"src", product.input_codes},
         {"weight", product.weight_codes},
         {"bias", bias},
         {"src_zero_point", product.input.zero_point, true},
         {"weight_zero_point", product.weight.zero_point, true},
         {"out_multiplier", ratio.multiplier, true},
         {"out_shift", ratio.shift, true},
         {"out_zero_point", tail.out.zero_point, true},
         {"offset", ir::None{}, true}});
    return std::nullopt;
  }

  Outcome FuseAdd(const Node& anchor, const ir::Binary& add) {
    if (!Wanted(P::kAdd)) return std::nullopt;
    const auto* left = std::get_if<ValueId>(&add.self);
    const auto* right = std::get_if<ValueId>(&add.other);
    const auto* x = left == nullptr ? nullptr : DequantizeOf(graph(), *left);
    const auto* y = right == nullptr ? nullptr : DequantizeOf(graph(), *right);
    if (x == nullptr || y == nullptr) {
      return Miss{"no-dequantize", anchor.name, "not both of its operands are dequantized tensors"};
    }
    auto matched = MatchTail(graph(), anchor);
    if (auto* miss = std::get_if<Miss>(&matched)) return std::move(*miss);
    const auto& tail = std::get<QuantizedTail>(matched);
    if (tail.relu && !Wanted(tail.relu_in_place ? P::kAddRelu1 : P::kAddRelu0)) return std::nullopt;
    const bool one = std::visit([](auto alpha) { return alpha == 1; }, add.alpha);
    if (!one) return Miss{"alpha", anchor.name, "its alpha is not 1; the operator has none"};
    if (x->params.dtype != y->params.dtype || !HasOperatorCodes(x->params) ||
        !HasOperatorCodes(y->params) || x->params.dtype == ir::ScalarType::kInt16) {
      return Miss{"code-type", anchor.name, "the operator takes int8 and int8, or uint8 and uint8"};
    }
    if (auto miss = TailFailure(anchor, tail, x->params.dtype)) return miss;
    if (!ScaleHolds(x->params.scale, tail.out.scale) ||
        !ScaleHolds(y->params.scale, tail.out.scale)) {
      return Miss{"scale", anchor.name, kScaleReason};
    }
    if (auto miss = MemoryFailure(anchor, {x->input, y->input})) return miss;
    Put(anchor, tail, RowOf(P::kAdd).replacement,
        {{"X", x->input},
         {"X_scale", x->params.scale},
         {"X_zero_point", x->params.zero_point},
         {"Y", y->input},
         {"Y_scale", y->params.scale},
         {"Y_zero_point", y->params.zero_point},
         {"out_scale", tail.out.scale},
         {"out_zero_point", tail.out.zero_point}});
    return std::nullopt;
  }

  // Behind a conv, a linear or an add it is theirs to say why not.
  bool IsOfAnother(ValueId value) const {
    const Node* node = graph().ProducerOf(value);
    return node != nullptr && (std::holds_alternative<ir::Convolution>(node->op) ||
                               std::holds_alternative<ir::Linear>(node->op) ||
                               std::holds_alternative<ir::Binary>(node->op));
  }

  Outcome FuseRelu(const Node& anchor, const ir::Unary& relu) {
    if (!Wanted(relu.in_place ? P::kRelu1 : P::kRelu0)) return std::nullopt;
    if (IsOfAnother(relu.input)) return std::nullopt;
    const auto* x = DequantizeOf(graph(), relu.input);
    if (x == nullptr) return Miss{"no-dequantize", anchor.name, "its input is not dequantized"};
    auto matched = MatchTail(graph(), anchor);
    if (auto* miss = std::get_if<Miss>(&matched)) return std::move(*miss);
    auto& tail = std::get<QuantizedTail>(matched);
    if (tail.relu) return Miss{"no-operator", anchor.name, "a second relu follows"};
    if (!HasOperatorCodes(x->params)) {
      return Miss{"code-type", anchor.name, "its codes are none that the operator takes"};
    }
    if (auto miss = TailFailure(anchor, tail, x->params.dtype)) return miss;
    if (!IsNormal(x->params.scale) || !ScaleHolds(x->params.scale, tail.out.scale)) {
      return Miss{"scale", anchor.name, kScaleReason};
    }
    if (relu.in_place && graph().users(relu.input).size() != 1) {
      return Miss{"written-in-place", anchor.name, "others read what it writes into"};
    }
    if (auto miss = MemoryFailure(anchor, {x->input})) return miss;
    const FixedPoint ratio = ReferenceFixedPoint(x->params.scale / tail.out.scale);
    Put(anchor, tail, RowOf(P::kRelu0).replacement,
        {{"X", x->input},
         {"X_zero_point", x->params.zero_point, true},
         {"out_zero_point", tail.out.zero_point, true},
         {"out_multiplier", ratio.multiplier, true},
         {"out_shift", ratio.shift, true}});
    return std::nullopt;
  }

  // Codes and their reals have one order, and q(dq(x)) = x: the largest code is the code of the
  // largest real, where both quantizers are one.
  Outcome FuseMaxPool(const Node& anchor, FusionPattern pattern) {
    if (!Wanted(pattern)) return std::nullopt;
    const ir::ArgumentValue* input = anchor.Find("self");
    const auto* value = input == nullptr ? nullptr : std::get_if<ValueId>(input);
    const auto* x = value == nullptr ? nullptr : DequantizeOf(graph(), *value);
    if (x == nullptr) return Miss{"no-dequantize", anchor.name, "its input is not dequantized"};
    auto matched = MatchTail(graph(), anchor);
    if (auto* miss = std::get_if<Miss>(&matched)) return std::move(*miss);
    const auto& tail = std::get<QuantizedTail>(matched);
    if (tail.relu) return Miss{"no-operator", anchor.name, "a relu follows"};
    if (!HasOperatorCodes(x->params)) {
      return Miss{"code-type", anchor.name, "its codes are none that the operator takes"};
    }
    if (auto miss = TailFailure(anchor, tail, x->params.dtype)) return miss;
    if (x->params.scale != tail.out.scale || x->params.zero_point != tail.out.zero_point) {
      return Miss{"pool-scale", anchor.name,
                  "its quantizer is another than its input's; the operator only chooses codes"};
    }
    if (!ScaleHolds(x->params.scale, tail.out.scale)) {
      return Miss{"scale", anchor.name, kScaleReason};
    }
    if (auto miss = MemoryFailure(anchor, {x->input})) return miss;
    return EmitMaxPool(anchor, tail, x->input);
  }

  Outcome EmitMaxPool(const Node& anchor, const QuantizedTail& tail, ValueId codes) {
    using Integers = std::vector<std::int64_t>;
    std::vector<Argument> arguments{{"input", codes}};
    const std::pair<const char*, Integers> lists[] = {
        {"kernel_size", {}}, {"stride", {}}, {"padding", {0, 0}}, {"dilation", {1, 1}}};
    for (const auto& [name, otherwise] : lists) {
      const ir::ArgumentValue* given = anchor.Find(name);
      const auto* list = given == nullptr ? &otherwise : std::get_if<Integers>(given);
      if (list == nullptr) return Miss{"pool-window", anchor.name, "its window is not all numbers"};
      arguments.push_back({name, *list, true});
    }
    const auto any = [&](std::size_t i, std::int64_t usual) {
      const auto& list = std::get<Integers>(arguments[i].value);
      return std::any_of(list.begin(), list.end(), [&](auto n) { return n != usual; });
    };
    const auto& type = graph().value(codes).type;
    if (!type || type->rank() != 4) return Miss{"unbatched", anchor.name, "its input has no batch"};
    if (any(3, 0) && any(4, 1)) {
      return Miss{"pool-window", anchor.name, "a window may lie in the padding alone"};
    }
    const ir::ArgumentValue* ceil = anchor.Find("ceil_mode");
    const auto* mode = ceil == nullptr ? nullptr : std::get_if<bool>(ceil);
    arguments.push_back({"ceil_mode", mode != nullptr && *mode, true});
    Put(anchor, tail, RowOf(P::kMaxPool2d).replacement, std::move(arguments));
    return std::nullopt;
  }

  // The operator in the quantize's place; anchor, relu and quantize go.
  void Put(const Node& anchor, const QuantizedTail& tail, std::string_view target,
           std::vector<Argument> arguments) {
    std::string base(target.substr(target.find('.') + 1));
    std::replace(base.begin(), base.end(), '.', '_');
    const ValueId old = graph().node(tail.quantize).outputs.front();
    const NodeId made = editor_.InsertBefore(tail.quantize, base, std::string(target),
                                             std::move(arguments), {graph().value(old).type});
    editor_.ReplaceUses(old, graph().node(made).outputs.front());
    editor_.Erase(tail.quantize);
    if (tail.relu) editor_.Erase(*tail.relu);
    editor_.Erase(anchor.id);
    report_.rewritten.push_back({anchor.name, "fused into " + std::string(target)});
  }

  ir::Editor& editor_;
  const std::vector<FusionPattern>& patterns_;
  ir::PassReport report_{"QuantFusion", {}, {}};
};

}  // namespace

ir::PassReport GuardedQuantFusion(ir::Editor& editor, const std::vector<FusionPattern>& patterns) {
  return Fuser(editor, patterns).Run();
}

}  // namespace foldproof::fold
