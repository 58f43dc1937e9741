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

// other - alpha * self
Op DecodeReversedSub(OpArguments& arguments) {
  Binary op{.kind = Binary::Kind::kSub,
            .self = arguments.TensorOrNumber("other"),
            .other = arguments.TensorOrNumber("self")};
  op.alpha = arguments.Scalar("alpha", 1);
  return op;
}

Op DecodeFloorDivide(OpArguments& arguments) {
  return Binary{.kind = Binary::Kind::kDiv,
                .self = arguments.TensorOrNumber("self"),
                .other = arguments.TensorOrNumber("other"),
                .rounding = Binary::Rounding::kFloor,
                .in_place = arguments.in_place()};
}

template <Compare::Kind kind>
Op DecodeCompare(OpArguments& arguments) {
  return Compare{kind, arguments.TensorOrNumber("self"), arguments.TensorOrNumber("other")};
}

Op DecodeWhere(OpArguments& arguments) {
  return Where{arguments.Tensor("condition"), arguments.TensorOrNumber("self"),
               arguments.TensorOrNumber("other")};
}

// Whether the operand is 0: NaN is not.
Op DecodeLogicalNot(OpArguments& arguments) {
  return Compare{Compare::Kind::kEqual, arguments.Tensor("self"), std::int64_t{0}};
}

// Of bools; of integers it is another function.
Op DecodeBitwiseNot(OpArguments& arguments) {
  const TensorType* type = arguments.TypeOf(arguments.Tensor("self"));
  if (type == nullptr || type->dtype != ScalarType::kBool) arguments.NotCovered();
  return DecodeLogicalNot(arguments);
}

// clamp_min and clamp_max with a tensor, which PyTorch computes by maximum and minimum.
template <Binary::Kind kind>
Op DecodeTensorBound(OpArguments& arguments) {
  return Binary{.kind = kind,
                .self = arguments.Tensor("self"),
                .other = arguments.Tensor(kind == Binary::Kind::kMaximum ? "min" : "max")};
}

Op DecodeMaskedFill(OpArguments& arguments) {
  return Where{arguments.Tensor("mask"), arguments.TensorOrNumber("value"),
               arguments.TensorOrNumber("self")};
}

Op DecodePrelu(OpArguments& arguments) {
  return Prelu{arguments.Tensor("self"), arguments.Tensor("weight")};
}

template <Unary::Kind kind>
Op DecodeUnary(OpArguments& arguments) {
  Unary op{.kind = kind, .input = arguments.Tensor("self")};
  op.in_place = arguments.in_place();
  return op;
}

// Of floats: what they make of integers is another function, which has another type.
void CoverFloatsAlone(OpArguments& arguments) {
  const TensorType* type = arguments.TypeOf(arguments.Tensor("self"));
  if (type == nullptr || !IsFloat(type->dtype)) arguments.NotCovered();
}

template <Unary::Kind kind>
Op DecodeOfFloats(OpArguments& arguments) {
  CoverFloatsAlone(arguments);
  return DecodeUnary<kind>(arguments);
}

Op DecodePositive(OpArguments& arguments) { return Copy{arguments.Tensor("self")}; }

// PyTorch calls mul with the float64 number.
constexpr double kRadiansADegree = 0.017453292519943295769236907684886;
constexpr double kDegreesARadian = 57.295779513082320876798154814105;

template <const double& factor>
Op DecodeFactor(OpArguments& arguments) {
  CoverFloatsAlone(arguments);
  return Binary{.kind = Binary::Kind::kMul,
                .self = arguments.Tensor("self"),
                .other = factor,
                .in_place = arguments.in_place()};
}

// PyTorch has a kernel for each of these exponents: x * x, (x * x) * x and 1 / (x * x), and those
// of sqrt, rsqrt and reciprocal.
Op DecodePower(OpArguments& arguments) {
  CoverFloatsAlone(arguments);
  const double exponent = arguments.Number("exponent");
  if (exponent == 2) return DecodeUnary<Unary::Kind::kSquare>(arguments);
  if (exponent == 3) return DecodeUnary<Unary::Kind::kCube>(arguments);
  if (exponent == -2) return DecodeUnary<Unary::Kind::kInverseSquare>(arguments);
  if (exponent == 0.5) return DecodeUnary<Unary::Kind::kSqrt>(arguments);
  if (exponent == -0.5) return DecodeUnary<Unary::Kind::kRsqrt>(arguments);
  if (exponent == -1) return DecodeUnary<Unary::Kind::kReciprocal>(arguments);
  if (exponent != 1) arguments.NotCovered();
  return Copy{arguments.Tensor("self")};
}

Op DecodeThreshold(OpArguments& arguments) {
  CoverFloatsAlone(arguments);
  const double threshold = arguments.Number("threshold"), value = arguments.Number("value");
  if (std::isnan(threshold) || std::isnan(value)) arguments.NotCovered();
  return Unary{.kind = Unary::Kind::kThreshold,
               .input = arguments.Tensor("self"),
               .parameters = {threshold, value},
               .in_place = arguments.in_place()};
}

// hardshrink and softshrink, of which PyTorch refuses the latter with a lambd below 0.
template <Unary::Kind kKind>
Op DecodeShrink(OpArguments& arguments) {
  CoverFloatsAlone(arguments);
  const double lambd = arguments.Number("lambd", 0.5);
  if (!(lambd >= 0)) arguments.NotCovered();
  return Unary{.kind = kKind, .input = arguments.Tensor("self"), .parameters = {lambd}};
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

// A call of elu with the float64 constants of the paper (Klambauer et al. 2017).
Op DecodeSelu(OpArguments& arguments) {
  return Unary{
      .kind = Unary::Kind::kElu,
      .input = arguments.Tensor("self"),
      .parameters = {1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1},
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
    {"aten.subtract.Tensor", DecodeBinary<Binary::Kind::kSub>, kInPlaceToo},
    {"aten.subtract.Scalar", DecodeBinary<Binary::Kind::kSub>, kInPlaceToo},
    {"aten.rsub.Tensor", DecodeReversedSub},
    {"aten.rsub.Scalar", DecodeReversedSub},
    {"aten.multiply.Tensor", DecodeBinary<Binary::Kind::kMul>, kInPlaceToo},
    {"aten.multiply.Scalar", DecodeBinary<Binary::Kind::kMul>, kInPlaceToo},
    {"aten.divide.Tensor", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.divide.Scalar", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.divide.Tensor_mode", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.divide.Scalar_mode", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.true_divide.Tensor", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.true_divide.Scalar", DecodeBinary<Binary::Kind::kDiv>, kInPlaceToo},
    {"aten.floor_divide.default", DecodeFloorDivide},
    {"aten.floor_divide.Scalar", DecodeFloorDivide},
    {"aten.minimum.default", DecodeBinary<Binary::Kind::kMinimum>},
    {"aten.maximum.default", DecodeBinary<Binary::Kind::kMaximum>},
    {"aten.min.other", DecodeBinary<Binary::Kind::kMinimum>},
    {"aten.max.other", DecodeBinary<Binary::Kind::kMaximum>},
    {"aten.clamp_min.Tensor", DecodeTensorBound<Binary::Kind::kMaximum>},
    {"aten.clamp_max.Tensor", DecodeTensorBound<Binary::Kind::kMinimum>},
    {"aten.gt.Tensor", DecodeCompare<Compare::Kind::kGreater>},
    {"aten.gt.Scalar", DecodeCompare<Compare::Kind::kGreater>},
    {"aten.ge.Tensor", DecodeCompare<Compare::Kind::kGreaterEqual>},
    {"aten.ge.Scalar", DecodeCompare<Compare::Kind::kGreaterEqual>},
    {"aten.lt.Tensor", DecodeCompare<Compare::Kind::kLess>},
    {"aten.lt.Scalar", DecodeCompare<Compare::Kind::kLess>},
    {"aten.le.Tensor", DecodeCompare<Compare::Kind::kLessEqual>},
    {"aten.le.Scalar", DecodeCompare<Compare::Kind::kLessEqual>},
    {"aten.eq.Tensor", DecodeCompare<Compare::Kind::kEqual>},
    {"aten.eq.Scalar", DecodeCompare<Compare::Kind::kEqual>},
    {"aten.ne.Tensor", DecodeCompare<Compare::Kind::kNotEqual>},
    {"aten.ne.Scalar", DecodeCompare<Compare::Kind::kNotEqual>},
    {"aten.greater.Tensor", DecodeCompare<Compare::Kind::kGreater>},
    {"aten.greater.Scalar", DecodeCompare<Compare::Kind::kGreater>},
    {"aten.greater_equal.Tensor", DecodeCompare<Compare::Kind::kGreaterEqual>},
    {"aten.greater_equal.Scalar", DecodeCompare<Compare::Kind::kGreaterEqual>},
    {"aten.less.Tensor", DecodeCompare<Compare::Kind::kLess>},
    {"aten.less.Scalar", DecodeCompare<Compare::Kind::kLess>},
    {"aten.less_equal.Tensor", DecodeCompare<Compare::Kind::kLessEqual>},
    {"aten.less_equal.Scalar", DecodeCompare<Compare::Kind::kLessEqual>},
    {"aten.not_equal.Tensor", DecodeCompare<Compare::Kind::kNotEqual>},
    {"aten.not_equal.Scalar", DecodeCompare<Compare::Kind::kNotEqual>},
    {"aten.where.self", DecodeWhere},
    {"aten.where.Scalar", DecodeWhere},
    {"aten.where.ScalarSelf", DecodeWhere},
    {"aten.where.ScalarOther", DecodeWhere},
    {"aten.masked_fill.Scalar", DecodeMaskedFill},
    {"aten.logical_not.default", DecodeLogicalNot},
    {"aten.bitwise_not.default", DecodeBitwiseNot},
    {"aten.prelu.default", DecodePrelu},
    {"aten.relu.default", DecodeUnary<Unary::Kind::kRelu>, kInPlaceToo},
    {"aten.neg.default", DecodeUnary<Unary::Kind::kNeg>, kInPlaceToo},
    {"aten.negative.default", DecodeUnary<Unary::Kind::kNeg>, kInPlaceToo},
    {"aten.abs.default", DecodeUnary<Unary::Kind::kAbs>, kInPlaceToo},
    {"aten.absolute.default", DecodeUnary<Unary::Kind::kAbs>, kInPlaceToo},
    {"aten.round.default", DecodeOfFloats<Unary::Kind::kRound>, kInPlaceToo},
    {"aten.floor.default", DecodeOfFloats<Unary::Kind::kFloor>, kInPlaceToo},
    {"aten.ceil.default", DecodeOfFloats<Unary::Kind::kCeil>, kInPlaceToo},
    {"aten.trunc.default", DecodeOfFloats<Unary::Kind::kTrunc>, kInPlaceToo},
    {"aten.fix.default", DecodeOfFloats<Unary::Kind::kTrunc>, kInPlaceToo},
    {"aten.frac.default", DecodeOfFloats<Unary::Kind::kFrac>, kInPlaceToo},
    {"aten.sign.default", DecodeOfFloats<Unary::Kind::kSign>, kInPlaceToo},
    {"aten.sgn.default", DecodeOfFloats<Unary::Kind::kSign>, kInPlaceToo},
    {"aten.positive.default", DecodePositive},
    {"aten.deg2rad.default", DecodeFactor<kRadiansADegree>, kInPlaceToo},
    {"aten.rad2deg.default", DecodeFactor<kDegreesARadian>, kInPlaceToo},
    {"aten.square.default", DecodeOfFloats<Unary::Kind::kSquare>, kInPlaceToo},
    {"aten.pow.Tensor_Scalar", DecodePower},
    {"aten.threshold.default", DecodeThreshold, kInPlaceToo},
    {"aten.hardshrink.default", DecodeShrink<Unary::Kind::kHardshrink>},
    {"aten.softshrink.default", DecodeShrink<Unary::Kind::kSoftshrink>},
    {"aten.sqrt.default", DecodeUnary<Unary::Kind::kSqrt>, kInPlaceToo},
    {"aten.rsqrt.default", DecodeUnary<Unary::Kind::kRsqrt>, kInPlaceToo},
    {"aten.reciprocal.default", DecodeUnary<Unary::Kind::kReciprocal>, kInPlaceToo},
    {"aten.exp.default", DecodeUnary<Unary::Kind::kExp>, kInPlaceToo},
    {"aten.expm1.default", DecodeOfFloats<Unary::Kind::kExpm1>, kInPlaceToo},
    {"aten.log1p.default", DecodeOfFloats<Unary::Kind::kLog1p>, kInPlaceToo},
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
    {"aten.selu.default", DecodeSelu, kInPlaceToo},
    {"aten.leaky_relu.default", DecodeLeakyRelu, kInPlaceToo},
    {"aten.softplus.default", DecodeSoftplus},
    {"aten.clamp.default", DecodeClamp, kInPlaceToo},
    {"aten.clip.default", DecodeClamp, kInPlaceToo},
    {"aten.clamp_min.default", DecodeClampMin, kInPlaceToo},
    {"aten.clamp_max.default", DecodeClampMax, kInPlaceToo},
    {"aten.hardtanh.default", DecodeHardtanh, kInPlaceToo},
    {"aten.relu6.default", DecodeRelu6, kInPlaceToo},
};

}  // namespace

std::span<const OpDecoder> ArithmeticDecoders() { return kArithmeticDecoders; }

}  // namespace foldproof::ir
