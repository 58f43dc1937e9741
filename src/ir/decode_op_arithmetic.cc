// SPDX-License-Identifier: BSD-3-Clause
//
// Elementwise functions of one or two tensors.
#include <cmath>
#include <string>

#include "src/ir/decode_op_arguments.h"

namespace foldproof::ir {
namespace {

Binary::Rounding ReadRounding(OpArguments& arguments) {
  const std::string mode = arguments.String("rounding_mode", "");
  if (mode == "floor") return Binary::Rounding::kFloor;
  if (mode == "trunc") return Binary::Rounding::kTrunc;
  if (!mode.empty()) {
    arguments.Fail("rounding_mode must be 'floor', 'trunc' or None; export the program again");
  }
  return Binary::Rounding::kNone;
}

template <Binary::Kind kind>
Op DecodeBinary(OpArguments& arguments) {
  Binary op{.kind = kind,
            .self = arguments.TensorOrNumber("self"),
            .other = arguments.TensorOrNumber("other")};
  if (kind == Binary::Kind::kAdd || kind == Binary::Kind::kSub) {
    op.alpha = arguments.Scalar("alpha", 1);
  }
  if (kind == Binary::Kind::kDiv) op.rounding = ReadRounding(arguments);
  op.in_place = arguments.in_place();
  return op;
}

template <Unary::Kind kind>
Op DecodeUnary(OpArguments& arguments) {
  Unary op{.kind = kind, .input = arguments.Tensor("self")};
  op.in_place = arguments.in_place();
  return op;
}

Op DecodeGelu(OpArguments& arguments) {
  const std::string approximate = arguments.String("approximate", "none");
  if (approximate != "none" && approximate != "tanh") {
    arguments.Fail("approximate must be 'none' or 'tanh'; export the program again");
  }
  return approximate == "tanh" ? DecodeUnary<Unary::Kind::kGeluTanh>(arguments)
                               : DecodeUnary<Unary::Kind::kGelu>(arguments);
}

Op DecodeElu(OpArguments& arguments) {
  return Unary{.kind = Unary::Kind::kElu,
               .input = arguments.Tensor("self"),
               .parameters = {arguments.Number("alpha", 1), arguments.Number("scale", 1),
                              arguments.Number("input_scale", 1)},
               .in_place = arguments.in_place()};
}

// PyTorch's celu is a call of its elu.
Op DecodeCelu(OpArguments& arguments) {
  const double alpha = arguments.Number("alpha", 1);
  if (alpha == 0) arguments.Fail("alpha must not be 0; export the program again");
  return Unary{.kind = Unary::Kind::kElu,
               .input = arguments.Tensor("self"),
               .parameters = {alpha, 1, 1 / alpha},
               .in_place = arguments.in_place()};
}

Op DecodeLeakyRelu(OpArguments& arguments) {
  return Unary{.kind = Unary::Kind::kLeakyRelu,
               .input = arguments.Tensor("self"),
               .parameters = {arguments.Number("negative_slope", 0.01)},
               .in_place = arguments.in_place()};
}

Op DecodeSoftplus(OpArguments& arguments) {
  return Unary{.kind = Unary::Kind::kSoftplus,
               .input = arguments.Tensor("self"),
               .parameters = {arguments.Number("beta", 1), arguments.Number("threshold", 20)}};
}

Op MakeClamp(OpArguments& arguments, std::optional<double> low, std::optional<double> high) {
  if (!low && !high) arguments.Fail("needs a lower or an upper bound; export the program again");
  // A NaN bound makes every result NaN: not min(max(x, low), high).
  if ((low && std::isnan(*low)) || (high && std::isnan(*high))) arguments.NotCovered();
  return Clamp{arguments.Tensor("self"), low, high, arguments.in_place()};
}

Op DecodeClamp(OpArguments& arguments) {
  const auto low = arguments.OptionalNumber("min");
  return MakeClamp(arguments, low, arguments.OptionalNumber("max"));
}

Op DecodeClampMin(OpArguments& arguments) {
  return MakeClamp(arguments, arguments.Number("min"), std::nullopt);
}

Op DecodeClampMax(OpArguments& arguments) {
  return MakeClamp(arguments, std::nullopt, arguments.Number("max"));
}

Op DecodeHardtanh(OpArguments& arguments) {
  const double low = arguments.Number("min_val", -1);
  return MakeClamp(arguments, low, arguments.Number("max_val", 1));
}

Op DecodeRelu6(OpArguments& arguments) { return MakeClamp(arguments, 0.0, 6.0); }

constexpr bool kInPlaceToo = true;

constexpr OpDecoder kArithmeticDecoders[] = {
    {"aten.add.Tensor", DecodeBinary<Binary::Kind::kAdd>, kInPlaceToo},
    {"aten.add.Scalar", DecodeBinary<Binary::Kind::kAdd>, kInPlaceToo},
    {"aten.sub.Tensor", DecodeBinary<Binary::Kind::kSub>, kInPlaceToo},
    {"aten.sub.Scalar", DecodeBinary<Binary::Kind::kSub>, kInPlaceToo},
    {"aten.mul.Tensor", DecodeBinary<Binary::Kind::kMul>, kInPlaceToo},
    {"aten.mul.Scalar", DecodeBinary<Binary::Kind::kMul>, kInPlaceToo},
    {"aten.div.Tensor", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.div.Scalar", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.div.Tensor_mode", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.div.Scalar_mode", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.minimum.default", DecodeBinary<Binary::Kind::kMinimum>},
    {"aten.maximum.default", DecodeBinary<Binary::Kind::kMaximum>},
    {"aten.relu.default", DecodeUnary<Unary::Kind::kRelu>, kInPlaceToo},
    {"aten.neg.default", DecodeUnary<Unary::Kind::kNeg>, kInPlaceToo},
    {"aten.abs.default", DecodeUnary<Unary::Kind::kAbs>, kInPlaceToo},
    {"aten.sqrt.default", DecodeUnary<Unary::Kind::kSqrt>, kInPlaceToo},
    {"aten.rsqrt.default", DecodeUnary<Unary::Kind::kRsqrt>, kInPlaceToo},
    {"aten.reciprocal.default", DecodeUnary<Unary::Kind::kReciprocal>, kInPlaceToo},
    {"aten.exp.default", DecodeUnary<Unary::Kind::kExp>, kInPlaceToo},
    {"aten.tanh.default", DecodeUnary<Unary::Kind::kTanh>, kInPlaceToo},
    {"aten.erf.default", DecodeUnary<Unary::Kind::kErf>, kInPlaceToo},
    {"aten.sigmoid.default", DecodeUnary<Unary::Kind::kSigmoid>, kInPlaceToo},
    {"aten.silu.default", DecodeUnary<Unary::Kind::kSilu>, kInPlaceToo},
    {"aten.hardswish.default", DecodeUnary<Unary::Kind::kHardswish>, kInPlaceToo},
    {"aten.hardsigmoid.default", DecodeUnary<Unary::Kind::kHardsigmoid>, kInPlaceToo},
    {"aten.mish.default", DecodeUnary<Unary::Kind::kMish>, kInPlaceToo},
    {"aten.gelu.default", DecodeGelu, kInPlaceToo},
    {"aten.elu.default", DecodeElu, kInPlaceToo},
    {"aten.celu.default", DecodeCelu, kInPlaceToo},
    {"aten.leaky_relu.default", DecodeLeakyRelu, kInPlaceToo},
    {"aten.softplus.default", DecodeSoftplus},
    {"aten.clamp.default", DecodeClamp, kInPlaceToo},
    {"aten.clamp_min.default", DecodeClampMin, kInPlaceToo},
    {"aten.clamp_max.default", DecodeClampMax, kInPlaceToo},
    {"aten.hardtanh.default", DecodeHardtanh, kInPlaceToo},
    {"aten.relu6.default", DecodeRelu6, kInPlaceToo},
};

}  // namespace

std::span<const OpDecoder> ArithmeticDecoders() { return kArithmeticDecoders; }

}  // namespace foldproof::ir
