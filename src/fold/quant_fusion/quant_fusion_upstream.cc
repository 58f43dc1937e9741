// SPDX-License-Identifier: BSD-3-Clause
//
//   dequantize(x) ─ operator [─ relu] ─ quantize        becomes        cadence.quantized_…(x)
//
// as ExecuTorch's patterns.py and pattern_utils.py do it (docs/quant_fusion.md, "Upstream").
//   requires: what upstream asks for, and nothing more: the first user of the operator is a
//             quantize; others are not looked at
#include "src/fold/quant_fusion/quant_fusion_upstream.h"

#include <string>
#include <utility>

#include "src/fold/quant_fusion/fixed_point.h"
#include "src/fold/quant_fusion/quant_fusion_fx_graph.h"
#include "src/fold/quant_fusion/quant_fusion_mirror.h"
#include "src/fold/quant_fusion/quant_fusion_mixed.h"

namespace foldproof::fold {
namespace {

using ir::Argument;
using ir::ArgumentValue;
using ir::ScalarType;
using P = FusionPattern;

using Integers = std::vector<std::int64_t>;

class UpstreamFuser {
 public:
  explicit UpstreamFuser(ir::Editor& editor) : mirror_(editor) {}

  ir::PassReport Run(const std::vector<FusionPattern>& patterns) {
    for (const FusionPattern pattern : patterns) {
      bool changed = false;
      for (const FxId id : fx().FindCalls(RowOf(pattern).targets.front())) {
        if (!Fuse(pattern, id)) continue;
        changed = true;
        report_.rewritten.push_back(
            {fx().at(id).name, "fused into " + std::string(RowOf(pattern).replacement)});
      }
      if (changed) mirror_.EliminateDead();
    }
    return std::move(report_);
  }

 private:
  const FxGraph& fx() const { return mirror_.fx(); }

  bool Fuse(FusionPattern pattern, FxId id) {
    switch (pattern) {
      case P::kAddmm: return FuseAddmm(pattern, id);
      case P::kAdd: return FuseAdd(pattern, id, id);
      case P::kAddRelu0:
      case P::kAddRelu1: return FuseAddRelu(pattern, id);
      case P::kBmm:
      case P::kMatmul: return FuseMatmul(pattern, id);
      case P::kCat: return FuseCat(pattern, id);
      case P::kConv1d:
      case P::kConv2d: return FuseConv(pattern, id, id);
      case P::kConv1dRelu0:
      case P::kConv1dRelu1:
      case P::kConv2dRelu0:
      case P::kConv2dRelu1: return FuseConvRelu(pattern, id);
      case P::kConv1dBNRelu0:
      case P::kConv1dBNRelu1:
      case P::kConv2dBNRelu0:
      case P::kConv2dBNRelu1: return false;  // they annotate only
      case P::kLinear: return FuseLinear(pattern, id);
      case P::kMaxPool2d:
      case P::kMaxPool2dWithoutIndices: return FuseMaxPool(pattern, id);
      case P::kMixedW8A32Conv: return FuseMixedConv(mirror_, id);
      case P::kMixedW8A32Gru: return RefuseGru(mirror_, id);
      case P::kMixedW8A32Linear: return FuseMixedLinear(mirror_, id);
      case P::kRelu0:
      case P::kRelu1: return FuseRelu(pattern, id);
    }
    return false;
  }

  std::optional<FxId> Dequantize(FxId id, std::size_t i) const { return mirror_.Dequantize(id, i); }

  // find_quant_user: the first user, through a getitem of the first result.
  std::optional<FxId> QuantUser(FxId id) const {
    if (fx().at(id).users.empty()) return std::nullopt;
    FxId user = fx().at(id).users.front();
    if (fx().at(user).kind == FxNode::Kind::kGetItem) {
      if (*fx().at(user).Named("b") != ArgumentValue(std::int64_t{0})) return std::nullopt;
      if (fx().at(user).users.empty()) return std::nullopt;
      user = fx().at(user).users.front();
    }
    return mirror_.IsCall(user, kQuantizeTarget) ? std::optional(user) : std::nullopt;
  }

  // The one user of `id`, where it is the second operator of the pattern.
  std::optional<FxId> ReluOf(FusionPattern pattern, FxId id) const {
    const FxNode& node = fx().at(id);
    if (node.users.size() != 1) return std::nullopt;
    return mirror_.IsCall(node.users[0], RowOf(pattern).targets[1]) ? std::optional(node.users[0])
                                                                    : std::nullopt;
  }

  // The operator's bias where it is dequantized; else zeros, also where there was a float one.
  ArgumentValue BiasOr0(std::optional<FxId> bias, FxId weight, FxId place) {
    if (bias) return mirror_.Read(*bias, "input");
    const FxId codes = std::get<ir::ValueId>(mirror_.Read(weight, "input")).index;
    const auto& type = fx().at(codes).type;
    if (!type || type->rank() == 0) mirror_.Raise(place, "IndexError: list index out of range");
    if (!type->dims[0].is_static())
      mirror_.Raise(place, "a bias of unknown length is not made here");
    const ir::TensorType made = ir::MakeTensorType(ScalarType::kInt32, {type->dims[0].size});
    return mirror_.AsArgument(mirror_.InsertBefore(place, "aten.full.default",
                                                   {{"size", Integers{type->dims[0].size}},
                                                    {"fill_value", 0.0},
                                                    {"dtype", ScalarType::kInt32, true}},
                                                   made));
  }

  FixedPoint MultiplierOf(FxId place, double ratio) const {
    const auto fixed = UpstreamFixedPoint(ratio);
    if (!fixed) mirror_.Raise(place, "OverflowError: cannot convert float infinity to integer");
    return *fixed;
  }

  bool FuseConvRelu(FusionPattern pattern, FxId id) {
    const auto relu = ReluOf(pattern, id);
    return relu && FuseConv(pattern, id, *relu);
  }

  // fuse_conv; `last` is what the quantize reads. Where that is a relu, upstream looks at the
  // quantizer's zero point and forgets the answer.
  bool FuseConv(FusionPattern pattern, FxId id, FxId last) {
    const auto chain = MatchProduct(id, last);
    if (!chain) return false;
    const double scale = mirror_.Real(chain->input, "scale") * mirror_.Real(chain->weight, "scale");
    const ArgumentValue bias = BiasOr0(chain->bias, chain->weight, id);
    const double out_scale = mirror_.Real(chain->quantize, "scale");
    const FixedPoint out = MultiplierOf(id, scale / out_scale);
    const std::size_t spatial = fx().at(id).target == "aten.conv1d.default" ? 1 : 2;
    const Integers ones(spatial, 1), zeros(spatial, 0);
    std::string target(RowOf(pattern).replacement);
    if (spatial == 1 && IsDepthwise(chain->input, id)) {
      target = "cadence.quantized_depthwise_conv1d_ncl.per_tensor";
    }
    mirror_.Replace(id, chain->quantize, target,
                    {{"input", mirror_.Read(chain->input, "input")},
                     {"weight", mirror_.Read(chain->weight, "input")},
                     {"bias", bias},
                     {"stride", mirror_.ReadOr(id, "stride", ones), true},
                     {"padding", mirror_.ReadOr(id, "padding", zeros), true},
                     {"dilation", mirror_.ReadOr(id, "dilation", ones), true},
                     {"groups", mirror_.IntegerOr(id, "groups", 1), true},
                     {"input_zero_point", mirror_.Integer(chain->input, "zero_point"), true},
                     {"weight_zero_point", mirror_.Integer(chain->weight, "zero_point"), true},
                     {"bias_scale", scale, true},
                     {"out_scale", out_scale, true},
                     {"out_zero_point", mirror_.Integer(chain->quantize, "zero_point"), true},
                     {"out_multiplier", out.multiplier, true},
                     {"out_shift", out.shift, true}});
    return true;
  }

  struct ProductChain {
    FxId input, weight, quantize;
    std::optional<FxId> bias;
  };

  std::optional<ProductChain> MatchProduct(FxId id, FxId last) const {
    const auto input = Dequantize(id, 0);
    if (!input) return std::nullopt;
    const auto weight = Dequantize(id, 1);
    if (!weight) return std::nullopt;
    const auto quantize = QuantUser(last);
    if (!quantize) return std::nullopt;
    ProductChain chain{*input, *weight, *quantize, std::nullopt};
    if (fx().at(id).Positional(2) != nullptr) chain.bias = Dequantize(id, 2);
    return chain;
  }

  bool IsDepthwise(FxId dequantize, FxId place) const {
    const std::int64_t groups = mirror_.IntegerOr(place, "groups", 1);
    const auto& type = fx().at(mirror_.NodeOf(dequantize, "input")).type;
    if (!type || type->rank() < 2) mirror_.Raise(place, "AssertionError: ");
    return groups > 1 && groups == type->dims[1].size;
  }

  bool FuseLinear(FusionPattern pattern, FxId id) {
    const auto chain = MatchProduct(id, id);
    if (!chain) return false;
    EmitLinear(pattern, id, *chain, mirror_.Read(chain->weight, "input"));
    return true;
  }

  // addmm(bias, input, weight), the weight [K, N]. Zeros for a missing bias take their length from
  // the weight before it is transposed.
  bool FuseAddmm(FusionPattern pattern, FxId id) {
    const auto input = Dequantize(id, 1);
    if (!input) return false;
    const auto weight = Dequantize(id, 2);
    if (!weight) return false;
    const auto quantize = QuantUser(id);
    if (!quantize) return false;
    const auto bias = Dequantize(id, 0);
    auto type = fx().at(mirror_.NodeOf(*weight, "input")).type;
    if (!type || type->rank() < 2) mirror_.Raise(id, "IndexError: Dimension out of range");
    std::swap(type->dims[0], type->dims[1]);
    const FxId transposed = mirror_.InsertBefore(id, "aten.transpose.int",
                                                 {{"self", mirror_.Read(*weight, "input")},
                                                  {"dim0", std::int64_t{0}},
                                                  {"dim1", std::int64_t{1}}},
                                                 type);
    EmitLinear(pattern, id, {*input, *weight, *quantize, bias}, mirror_.AsArgument(transposed));
    return true;
  }

  void EmitLinear(FusionPattern pattern, FxId id, const ProductChain& chain, ArgumentValue weight) {
    const double scale = mirror_.Real(chain.input, "scale") * mirror_.Real(chain.weight, "scale");
    const FixedPoint out = MultiplierOf(id, scale / mirror_.Real(chain.quantize, "scale"));
    const ArgumentValue bias = BiasOr0(chain.bias, chain.weight, id);
    mirror_.Replace(id, chain.quantize, RowOf(pattern).replacement,
                    {{"src", mirror_.Read(chain.input, "input")},
                     {"weight", std::move(weight)},
                     {"bias", bias},
                     {"src_zero_point", mirror_.Integer(chain.input, "zero_point"), true},
                     {"weight_zero_point", mirror_.Integer(chain.weight, "zero_point"), true},
                     {"out_multiplier", out.multiplier, true},
                     {"out_shift", out.shift, true},
                     {"out_zero_point", mirror_.Integer(chain.quantize, "zero_point"), true},
                     {"offset", ir::None{}, true}});
  }

  bool FuseMatmul(FusionPattern pattern, FxId id) {
    const auto left = Dequantize(id, 0);
    if (!left) return false;
    const auto right = Dequantize(id, 1);
    if (!right) return false;
    const auto quantize = QuantUser(id);
    if (!quantize) return false;
    const double scale = mirror_.Real(*left, "scale") * mirror_.Real(*right, "scale");
    const FixedPoint out = MultiplierOf(id, scale / mirror_.Real(*quantize, "scale"));
    mirror_.Replace(id, *quantize, RowOf(pattern).replacement,
                    {{"X", mirror_.Read(*left, "input")},
                     {"X_zero_point", mirror_.Integer(*left, "zero_point")},
                     {"Y", mirror_.Read(*right, "input")},
                     {"Y_zero_point", mirror_.Integer(*right, "zero_point")},
                     {"bias", ir::None{}},
                     {"out_multiplier", out.multiplier, true},
                     {"out_shift", out.shift, true},
                     {"out_zero_point", mirror_.Integer(*quantize, "zero_point"), true},
                     {"transposed", false, true}});
    return true;
  }

  bool FuseAddRelu(FusionPattern pattern, FxId id) {
    const auto relu = ReluOf(pattern, id);
    return relu && FuseAdd(pattern, id, *relu);
  }

  bool FuseAdd(FusionPattern pattern, FxId id, FxId last) {
    if (fx().at(id).HasKeywords()) return false;
    const auto left = Dequantize(id, 0);
    if (!left) return false;
    const auto right = Dequantize(id, 1);
    if (!right) return false;
    const auto quantize = QuantUser(last);
    if (!quantize || (last != id && !ReluIsImplied(*quantize))) return false;
    mirror_.Replace(id, *quantize, RowOf(pattern).replacement,
                    {{"X", mirror_.Read(*left, "input")},
                     {"X_scale", mirror_.Real(*left, "scale")},
                     {"X_zero_point", mirror_.Integer(*left, "zero_point")},
                     {"Y", mirror_.Read(*right, "input")},
                     {"Y_scale", mirror_.Real(*right, "scale")},
                     {"Y_zero_point", mirror_.Integer(*right, "zero_point")},
                     {"out_scale", mirror_.Real(*quantize, "scale")},
                     {"out_zero_point", mirror_.Integer(*quantize, "zero_point")}});
    return true;
  }

  // check_out_zero_point_is_min_range, whose last branch is for every other type.
  bool ReluIsImplied(FxId quantize) const {
    const std::int64_t zero_point = mirror_.Integer(quantize, "zero_point");
    const ArgumentValue dtype = mirror_.Read(quantize, "dtype");
    if (dtype == ArgumentValue(ScalarType::kInt8)) return zero_point == -128;
    if (dtype == ArgumentValue(ScalarType::kInt16)) return zero_point == -32768;
    return zero_point == 0;
  }

  bool FuseRelu(FusionPattern pattern, FxId id) {
    const auto input = Dequantize(id, 0);
    if (!input) return false;
    const auto quantize = QuantUser(id);
    if (!quantize) return false;
    const FixedPoint out =
        MultiplierOf(id, mirror_.Real(*input, "scale") / mirror_.Real(*quantize, "scale"));
    mirror_.Replace(id, *quantize, RowOf(pattern).replacement,
                    {{"X", mirror_.Read(*input, "input")},
                     {"X_zero_point", mirror_.Integer(*input, "zero_point"), true},
                     {"out_zero_point", mirror_.Integer(*quantize, "zero_point"), true},
                     {"out_multiplier", out.multiplier, true},
                     {"out_shift", out.shift, true}});
    return true;
  }

  bool FuseMaxPool(FusionPattern pattern, FxId id) {
    const auto input = Dequantize(id, 0);
    if (!input) return false;
    const auto quantize = QuantUser(id);
    if (!quantize) return false;
    mirror_.Replace(id, *quantize, RowOf(pattern).replacement,
                    {{"input", mirror_.Read(*input, "input")},
                     {"kernel_size", mirror_.Read(id, "kernel_size"), true},
                     {"stride", mirror_.ReadOr(id, "stride", Integers{}), true},
                     {"padding", mirror_.ReadOr(id, "padding", Integers{0, 0}), true},
                     {"dilation", mirror_.ReadOr(id, "dilation", Integers{1, 1}), true},
                     {"ceil_mode", mirror_.ReadOr(id, "ceil_mode", false), true}});
    return true;
  }

  bool FuseCat(FusionPattern pattern, FxId id) {
    const ArgumentValue* list = fx().at(id).Positional(0);
    const auto* tensors = list == nullptr ? nullptr : std::get_if<std::vector<ir::ValueId>>(list);
    if (tensors == nullptr || tensors->empty()) return false;
    std::vector<ir::ValueId> codes;
    for (const ir::ValueId tensor : *tensors) {
      if (!mirror_.IsCall(tensor.index, kDequantizeTarget)) return false;
      codes.push_back(std::get<ir::ValueId>(mirror_.Read(tensor.index, "input")));
    }
    const auto quantize = QuantUser(id);
    if (!quantize) return false;
    mirror_.Replace(
        id, *quantize, RowOf(pattern).replacement,
        {{"tensors", std::move(codes)}, {"dim", mirror_.IntegerOr(id, "dim", 0), true}});
    return true;
  }

  FxMirror mirror_;
  ir::PassReport report_{"QuantFusion", {}, {}};
};

}  // namespace

ir::PassReport UpstreamQuantFusion(ir::Editor& editor, const std::vector<FusionPattern>& patterns) {
  return UpstreamFuser(editor).Run(patterns);
}

}  // namespace foldproof::fold
