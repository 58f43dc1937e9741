// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/code_range.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "harness/exec/quantized/quantize.h"
#include "src/base/infinity.h"

namespace foldproof::prove {
namespace {

constexpr int kDeepest = 64;       // nodes followed back
constexpr int kMostVisits = 4096;  // of nodes, each by every way to it

class RangeReader {
 public:
  RangeReader(const exec::FunctionalView& view, Inputs inputs)
      : view_(view), graph_(view.program().graph), inputs_(inputs) {}

  FloatRange Of(const ir::Node& reader, ir::ValueId operand, int depth) const {
    return OfValue(view_.Read(reader.id, operand), depth);
  }

  FloatRange OfValue(ir::ValueId value, int depth) const {
    const auto& type = graph_.value(value).type;
    const ir::Node* node = graph_.ProducerOf(value);
    const bool known = node != nullptr && depth < kDeepest && ++visits_ < kMostVisits && type &&
                       type->dtype == ir::ScalarType::kFloat32 && node->outputs.at(0) == value;
    if (!known) return {};
    return std::visit([&](const auto& op) { return Behind(*node, op, depth + 1); }, node->op);
  }

  CodeRange Codes(const ir::Node& node, const ir::QuantizePerTensor& op, int depth) const {
    const CodeRange all{op.params.quant_min, op.params.quant_max};
    const auto constants = exec::MakeQuantizeConstants(op.params.scale, op.params.zero_point,
                                                       op.params.quant_min, op.params.quant_max);
    const bool narrow = op.params.dtype != ir::ScalarType::kInt32;
    if (!narrow || !(op.params.scale > 0) || !std::isfinite(constants.inverse_scale)) return all;
    const FloatRange range = Of(node, op.input, depth);
    // Rounding and clamping are monotone: the ends of the range give the ends of the codes.
    CodeRange out{exec::Quantize(range.low, constants, false),
                  exec::Quantize(range.high, constants, false)};
    if (range.nan && inputs_ == Inputs::kAny) {  // becomes code 0, of quant_min to quant_max or not
      out.low = std::min<std::int64_t>(out.low, 0);
      out.high = std::max<std::int64_t>(out.high, 0);
    }
    return out;
  }

 private:
  FloatRange Behind(const ir::Node& node, const ir::Unary& op, int depth) const {
    switch (op.kind) {
      case ir::Unary::Kind::kRelu: {
        const FloatRange x = Of(node, op.input, depth);
        return {std::max(x.low, 0.0f), std::max(x.high, 0.0f), x.nan};
      }
      case ir::Unary::Kind::kNeg: {
        const FloatRange x = Of(node, op.input, depth);
        return {-x.high, -x.low, x.nan};
      }
      case ir::Unary::Kind::kSigmoid:
      case ir::Unary::Kind::kHardsigmoid: return {0, 1, Of(node, op.input, depth).nan};
      case ir::Unary::Kind::kTanh: return {-1, 1, Of(node, op.input, depth).nan};
      default: return {};
    }
  }

  FloatRange Behind(const ir::Node& node, const ir::Clamp& op, int depth) const {
    FloatRange x = Of(node, op.input, depth);
    const auto low = op.low ? static_cast<float>(*op.low) : -kInfinity;
    const auto high = op.high ? static_cast<float>(*op.high) : kInfinity;
    if (std::isnan(low) || std::isnan(high)) return {};
    const auto clamp = [&](float a) { return std::min(std::max(a, low), high); };
    return {clamp(x.low), clamp(x.high), x.nan};
  }

  FloatRange Behind(const ir::Node& node, const ir::DequantizePerTensor& op, int depth) const {
    const ir::Node* q = graph_.ProducerOf(view_.Read(node.id, op.input));
    const auto* quantize = q != nullptr ? std::get_if<ir::QuantizePerTensor>(&q->op) : nullptr;
    if (quantize == nullptr || !(op.params.scale > 0) ||
        quantize->params.dtype == ir::ScalarType::kInt32) {
      return {};
    }
    const auto z = static_cast<float>(op.params.zero_point);
    const auto s = static_cast<float>(op.params.scale);
    const CodeRange codes = Codes(*q, *quantize, depth);
    return {exec::Dequantize(static_cast<std::int32_t>(codes.low), z, s),
            exec::Dequantize(static_cast<std::int32_t>(codes.high), z, s), false};
  }

  // One correctly rounded operation of each two numbers, monotone in either: its results at the
  // ends of both ranges are the ends of all results.
  template <typename Compute>
  static FloatRange OfEnds(const FloatRange& a, const FloatRange& b, Compute compute) {
    FloatRange out{kInfinity, -kInfinity, a.nan || b.nan};
    for (const float x : {a.low, a.high}) {
      for (const float y : {b.low, b.high}) {
        const float result = compute(x, y);
        // Infinities make NaN of one another, or may where only one of them is at an end.
        if (!std::isfinite(x) || !std::isfinite(y) || std::isnan(result)) return {};
        out.Cover({result, result, false});
      }
    }
    return out;
  }

  // What alpha * x is, rounded to float32 or not, as kernels add it.
  static FloatRange Scaled(const FloatRange& x, double alpha) {
    if (alpha == 1) return x;
    if (alpha == -1) return {-x.high, -x.low, x.nan};
    const FloatRange factor = Number(alpha);
    FloatRange out = OfEnds(x, factor, std::multiplies<float>());
    if (out.low != 0) out.low = std::nextafter(out.low, -kInfinity);
    if (out.high != 0) out.high = std::nextafter(out.high, kInfinity);
    return out;
  }

  // The float32 that a number of the graph becomes, rounded either way.
  static FloatRange Number(double number) {
    const auto near = static_cast<float>(number);
    if (!std::isfinite(near)) return {};
    if (static_cast<double>(near) == number) return {near, near, false};
    return {std::nextafter(near, -kInfinity), std::nextafter(near, kInfinity), false};
  }

  static double NumberOf(const std::variant<double, std::int64_t>& number) {
    return std::visit([](auto x) { return static_cast<double>(x); }, number);
  }

  FloatRange OfOperand(const ir::Node& reader, const ir::Operand& operand, int depth) const {
    if (const auto* value = std::get_if<ir::ValueId>(&operand)) return Of(reader, *value, depth);
    const auto* real = std::get_if<double>(&operand);
    return Number(real != nullptr ? *real : static_cast<double>(std::get<std::int64_t>(operand)));
  }

  // add and sub: self + alpha * other, with one rounding of the sum.
  FloatRange Behind(const ir::Node& node, const ir::Binary& op, int depth) const {
    const FloatRange a = OfOperand(node, op.self, depth), b = OfOperand(node, op.other, depth);
    switch (op.kind) {
      case ir::Binary::Kind::kAdd:
        return OfEnds(a, Scaled(b, NumberOf(op.alpha)), std::plus<float>());
      case ir::Binary::Kind::kSub:
        return OfEnds(a, Scaled(b, -NumberOf(op.alpha)), std::plus<float>());
      case ir::Binary::Kind::kMul: return OfEnds(a, b, std::multiplies<float>());
      case ir::Binary::Kind::kMinimum:
        return {std::min(a.low, b.low), std::min(a.high, b.high), a.nan || b.nan};
      case ir::Binary::Kind::kMaximum:
        return {std::max(a.low, b.low), std::max(a.high, b.high), a.nan || b.nan};
      case ir::Binary::Kind::kDiv: return {};
    }
    return {};
  }

  FloatRange Behind(const ir::Node& node, const ir::Reshape& op, int depth) const {
    return Of(node, op.input, depth);
  }
  FloatRange Behind(const ir::Node& node, const ir::Permute& op, int depth) const {
    return Of(node, op.input, depth);
  }
  FloatRange Behind(const ir::Node& node, const ir::Copy& op, int depth) const {
    return Of(node, op.input, depth);
  }
  FloatRange Behind(const ir::Node& node, const ir::Pad& op, int depth) const {
    FloatRange out = Of(node, op.input, depth);
    const auto value = static_cast<float>(op.value);
    if (op.mode == ir::Pad::Mode::kConstant) out.Cover({value, value, std::isnan(value)});
    return out;
  }

  // Moves that have no typed form, and the largest of several.
  FloatRange Behind(const ir::Node& node, const ir::Opaque&, int depth) const {
    static constexpr std::string_view kKeeping[] = {
        "aten.cat.default",    "aten.stack.default",        "aten.slice.Tensor",
        "aten.select.int",     "aten.expand.default",       "aten.repeat.default",
        "aten.flip.default",   "aten.max_pool1d.default",   "aten.max_pool2d.default",
        "aten.narrow.default", "aten.pixel_shuffle.default"};
    if (std::ranges::find(kKeeping, node.target) == std::end(kKeeping)) return {};
    std::optional<FloatRange> out;
    for (const ir::Argument& argument : node.arguments) {
      ir::ForEachRead(argument.value, [&](ir::ValueId v) {
        const auto& type = graph_.value(view_.Read(node.id, v)).type;
        if (!type) return;  // a size
        const FloatRange range = Of(node, v, depth);
        if (out)
          out->Cover(range);
        else
          out = range;
      });
    }
    return out.value_or(FloatRange{});
  }

  template <typename Other>
  FloatRange Behind(const ir::Node&, const Other&, int) const {
    return {};
  }

  const exec::FunctionalView& view_;
  const ir::Graph& graph_;
  Inputs inputs_;
  mutable int visits_ = 0;
};

}  // namespace

CodeRange CodesOf(const exec::FunctionalView& view, const ir::Node& quantize,
                  const ir::QuantizePerTensor& op, Inputs inputs) {
  return RangeReader(view, inputs).Codes(quantize, op, 0);
}

FloatRange NumbersOf(const exec::FunctionalView& view, ir::ValueId value, Inputs inputs) {
  return RangeReader(view, inputs).OfValue(value, 0);
}

}  // namespace foldproof::prove
