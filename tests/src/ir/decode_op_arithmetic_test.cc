// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/src/ir/one_node.h"

namespace foldproof::ir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<Argument> Both(ArgumentValue other, std::vector<Argument> more = {}) {
  std::vector<Argument> arguments = {{"self", ValueId{0}}, {"other", std::move(other)}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return arguments;
}

Binary DecodedBinary(const std::string& target, ArgumentValue other,
                     std::vector<Argument> more = {}) {
  return Decoded<Binary>(target, {Float({4}), Float({4})}, Both(std::move(other), std::move(more)),
                         Float({4}));
}

Unary DecodedUnary(const std::string& target, std::vector<Argument> more = {}) {
  std::vector<Argument> arguments = {{"self", ValueId{0}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return Decoded<Unary>(target, {Float({4})}, std::move(arguments), Float({4}));
}

TEST(DecodeBinary, KnowsEachOperator) {
  const std::pair<const char*, Binary::Kind> kKnown[] = {
      {"aten.add.Tensor", Binary::Kind::kAdd},
      {"aten.sub.Tensor", Binary::Kind::kSub},
      {"aten.mul.Tensor", Binary::Kind::kMul},
      {"aten.div.Tensor", Binary::Kind::kDiv},
      {"aten.add.Scalar", Binary::Kind::kAdd},
      {"aten.sub.Scalar", Binary::Kind::kSub},
      {"aten.mul.Scalar", Binary::Kind::kMul},
      {"aten.div.Scalar", Binary::Kind::kDiv},
      {"aten.minimum.default", Binary::Kind::kMinimum},
      {"aten.maximum.default", Binary::Kind::kMaximum},
  };
  for (const auto& [target, kind] : kKnown) {
    const Binary op = DecodedBinary(target, ValueId{1});
    EXPECT_EQ(op.kind, kind) << target;
    EXPECT_FALSE(op.in_place) << target;
    EXPECT_EQ(op.alpha, (std::variant<double, std::int64_t>(std::int64_t{1})));
  }
}

TEST(DecodeBinary, KeepsTheTypeOfANumber) {
  EXPECT_EQ(DecodedBinary("aten.add.Tensor", 0.5).other, Operand(0.5));
  EXPECT_EQ(DecodedBinary("aten.add.Tensor", std::int64_t{3}).other, Operand(std::int64_t{3}));
  EXPECT_EQ(DecodedBinary("aten.add.Tensor", ValueId{1}).other, Operand(ValueId{1}));
}

TEST(DecodeBinary, ReadsAlpha) {
  EXPECT_EQ(std::get<double>(DecodedBinary("aten.sub.Tensor", ValueId{1}, {{"alpha", 2.5}}).alpha),
            2.5);
  EXPECT_EQ(std::get<std::int64_t>(
                DecodedBinary("aten.add.Tensor", ValueId{1}, {{"alpha", std::int64_t{-1}}}).alpha),
            -1);
}

TEST(DecodeBinary, ReadsRounding) {
  const auto rounding = [](ArgumentValue mode) {
    return DecodedBinary("aten.div.Tensor_mode", ValueId{1},
                         {{"rounding_mode", std::move(mode), true}})
        .rounding;
  };
  EXPECT_EQ(rounding(None{}), Binary::Rounding::kNone);
  EXPECT_EQ(rounding(std::string("floor")), Binary::Rounding::kFloor);
  EXPECT_EQ(rounding(std::string("trunc")), Binary::Rounding::kTrunc);
  EXPECT_THAT(FailureOf([&] { rounding(std::string("up")); }), HasSubstr("rounding_mode must be"));
}

TEST(DecodeBinary, KnowsInPlace) {
  EXPECT_TRUE(DecodedBinary("aten.add_.Tensor", ValueId{1}).in_place);
  EXPECT_TRUE(DecodedBinary("aten.div_.Scalar_mode", 2.0).in_place);
}

TEST(DecodeBinary, LeavesWhatHasNoInPlaceFormOpaque) {
  Decoded<Opaque>("aten.minimum_.default", {Float({4}), Float({4})}, Both(ValueId{1}), Float({4}));
  Decoded<Opaque>("aten.add__.Tensor", {Float({4}), Float({4})}, Both(ValueId{1}), Float({4}));
}

TEST(DecodeBinary, LeavesOtherNumbersOpaque) {
  Decoded<Opaque>("aten.add.Tensor", {Float({4})}, Both(Complex{1, 2}), Float({4}));
  Decoded<Opaque>("aten.add.Tensor", {Float({4})}, Both(true), Float({4}));
  Decoded<Opaque>("aten.mul.Tensor", {Float({4}), std::nullopt}, Both(ValueId{1}), Float({4}));
}

TEST(DecodeUnary, KnowsEachFunctionAndItsInPlaceForm) {
  using Kind = Unary::Kind;
  const std::pair<std::string, Kind> kKnown[] = {
      {"relu", Kind::kRelu},
      {"neg", Kind::kNeg},
      {"abs", Kind::kAbs},
      {"sqrt", Kind::kSqrt},
      {"rsqrt", Kind::kRsqrt},
      {"reciprocal", Kind::kReciprocal},
      {"exp", Kind::kExp},
      {"expm1", Kind::kExpm1},
      {"log1p", Kind::kLog1p},
      {"tanh", Kind::kTanh},
      {"erf", Kind::kErf},
      {"sigmoid", Kind::kSigmoid},
      {"silu", Kind::kSilu},
      {"hardswish", Kind::kHardswish},
      {"hardsigmoid", Kind::kHardsigmoid},
      {"mish", Kind::kMish},
      {"gelu", Kind::kGelu},
      {"elu", Kind::kElu},
      {"selu", Kind::kElu},
      {"leaky_relu", Kind::kLeakyRelu},
      {"round", Kind::kRound},
      {"floor", Kind::kFloor},
      {"ceil", Kind::kCeil},
      {"trunc", Kind::kTrunc},
      {"fix", Kind::kTrunc},
      {"frac", Kind::kFrac},
      {"sign", Kind::kSign},
      {"square", Kind::kSquare},
      {"negative", Kind::kNeg},
      {"absolute", Kind::kAbs},
  };
  for (const auto& [name, kind] : kKnown) {
    EXPECT_EQ(DecodedUnary("aten." + name + ".default").kind, kind) << name;
    EXPECT_FALSE(DecodedUnary("aten." + name + ".default").in_place) << name;
    EXPECT_EQ(DecodedUnary("aten." + name + "_.default").kind, kind) << name;
    EXPECT_TRUE(DecodedUnary("aten." + name + "_.default").in_place) << name;
  }
}

TEST(DecodeUnary, ReadsParametersAndTheirDefaults) {
  EXPECT_THAT(DecodedUnary("aten.elu.default").parameters, ElementsAre(1, 1, 1));
  EXPECT_THAT(DecodedUnary("aten.elu.default", {{"alpha", 0.5}, {"input_scale", 3.0}}).parameters,
              ElementsAre(0.5, 1, 3));
  EXPECT_EQ(DecodedUnary("aten.celu.default").kind, Unary::Kind::kElu);
  EXPECT_THAT(DecodedUnary("aten.celu.default").parameters, ElementsAre(1, 1, 1));
  EXPECT_THAT(DecodedUnary("aten.celu_.default", {{"alpha", 4.0}}).parameters,
              ElementsAre(4, 1, 0.25));
  EXPECT_THAT(FailureOf([] {
                DecodedUnary("aten.celu.default", {{"alpha", 0.0}});
              }),
              HasSubstr("alpha must not be 0"));
  EXPECT_THAT(DecodedUnary("aten.leaky_relu.default").parameters, ElementsAre(0.01, 0, 0));
  EXPECT_THAT(DecodedUnary("aten.softplus.default").parameters, ElementsAre(1, 20, 0));
  EXPECT_EQ(DecodedUnary("aten.softplus.default").kind, Unary::Kind::kSoftplus);
}

TEST(DecodeUnary, TellsTheGelusApart) {
  EXPECT_EQ(DecodedUnary("aten.gelu.default", {{"approximate", std::string("tanh"), true}}).kind,
            Unary::Kind::kGeluTanh);
  EXPECT_THAT(FailureOf([] {
                DecodedUnary("aten.gelu.default", {{"approximate", std::string("erf"), true}});
              }),
              HasSubstr("approximate must be"));
}

// PyTorch has a kernel for each of these exponents, and none that was measured for others.
TEST(DecodeUnary, ReadsPowersThatHaveAKernelOfTheirOwn) {
  const auto power = [](ArgumentValue exponent) {
    return DecodedUnary("aten.pow.Tensor_Scalar", {{"exponent", std::move(exponent)}}).kind;
  };
  EXPECT_EQ(power(2.0), Unary::Kind::kSquare);
  EXPECT_EQ(power(std::int64_t{3}), Unary::Kind::kCube);
  EXPECT_EQ(power(-2.0), Unary::Kind::kInverseSquare);
  EXPECT_EQ(power(0.5), Unary::Kind::kSqrt);
  EXPECT_EQ(power(-0.5), Unary::Kind::kRsqrt);
  EXPECT_EQ(power(std::int64_t{-1}), Unary::Kind::kReciprocal);
  Decoded<Opaque>("aten.pow.Tensor_Scalar", {Float({4})}, {{"self", ValueId{0}}, {"exponent", 1.5}},
                  Float({4}));
}

TEST(DecodeUnary, ReadsWhereAFunctionSteps) {
  EXPECT_THAT(
      DecodedUnary("aten.threshold.default", {{"threshold", 0.5}, {"value", -2.0}}).parameters,
      ElementsAre(0.5, -2, 0));
  EXPECT_THAT(DecodedUnary("aten.hardshrink.default").parameters, ElementsAre(0.5, 0, 0));
}

// What round makes of integers is another function than of floats.
TEST(DecodeUnary, LeavesRoundingsOfIntegersOpaque) {
  const TensorType integers = MakeTensorType(ScalarType::kInt64, {4});
  Decoded<Opaque>("aten.floor.default", {integers}, {{"self", ValueId{0}}}, integers);
}

TEST(DecodeBinary, KnowsOtherNames) {
  EXPECT_EQ(DecodedBinary("aten.multiply.Tensor", ValueId{1}).kind, Binary::Kind::kMul);
  EXPECT_EQ(DecodedBinary("aten.true_divide.Scalar", 2.0).kind, Binary::Kind::kDiv);
  EXPECT_EQ(DecodedBinary("aten.floor_divide.Scalar", 2.0).rounding, Binary::Rounding::kFloor);
  EXPECT_EQ(DecodedBinary("aten.max.other", ValueId{1}).kind, Binary::Kind::kMaximum);
}

// rsub(self, other, alpha) = other - alpha * self.
TEST(DecodeBinary, TurnsReversedSubtractions) {
  const Binary op = DecodedBinary("aten.rsub.Scalar", 2.5, {{"alpha", std::int64_t{3}}});
  EXPECT_EQ(op.kind, Binary::Kind::kSub);
  EXPECT_EQ(std::get<double>(op.self), 2.5);
  EXPECT_EQ(std::get<ValueId>(op.other), ValueId{0});
  EXPECT_EQ(std::get<std::int64_t>(op.alpha), 3);
}

TEST(DecodeCompare, ReadsWhatIsCompared) {
  const TensorType held = MakeTensorType(ScalarType::kBool, {4});
  const Compare op = Decoded<Compare>("aten.ge.Scalar", {Float({4})}, Both(0.5), held);
  EXPECT_EQ(op.kind, Compare::Kind::kGreaterEqual);
  EXPECT_EQ(std::get<double>(op.other), 0.5);
  EXPECT_EQ(
      Decoded<Compare>("aten.not_equal.Tensor", {Float({4}), Float({4})}, Both(ValueId{1}), held)
          .kind,
      Compare::Kind::kNotEqual);
}

TEST(DecodeWhere, ReadsWhatIsChosen) {
  const TensorType held = MakeTensorType(ScalarType::kBool, {4});
  const Where where =
      Decoded<Where>("aten.where.ScalarOther", {held, Float({4})},
                     {{"condition", ValueId{0}}, {"self", ValueId{1}}, {"other", 2.0}}, Float({4}));
  EXPECT_EQ(std::get<ValueId>(where.self), ValueId{1});
  EXPECT_EQ(std::get<double>(where.other), 2);
  // masked_fill puts the number where the mask holds.
  const Where fill =
      Decoded<Where>("aten.masked_fill.Scalar", {Float({4}), held},
                     {{"self", ValueId{0}}, {"mask", ValueId{1}}, {"value", 3.0}}, Float({4}));
  EXPECT_EQ(std::get<double>(fill.self), 3);
  EXPECT_EQ(std::get<ValueId>(fill.other), ValueId{0});
}

Clamp DecodedClamp(const std::string& target, std::vector<Argument> more = {}) {
  std::vector<Argument> arguments = {{"self", ValueId{0}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return Decoded<Clamp>(target, {Float({4})}, std::move(arguments), Float({4}));
}

TEST(DecodeClamp, ReadsBounds) {
  EXPECT_EQ(DecodedClamp("aten.hardtanh.default").low, -1);
  EXPECT_EQ(
      DecodedClamp("aten.hardtanh_.default", {{"min_val", 0.0}, {"max_val", std::int64_t{6}}}).high,
      6);
  EXPECT_EQ(DecodedClamp("aten.relu6.default").low, 0);
  EXPECT_EQ(DecodedClamp("aten.relu6.default").high, 6);
  EXPECT_TRUE(DecodedClamp("aten.relu6_.default").in_place);
  EXPECT_EQ(DecodedClamp("aten.clamp.default", {{"max", 2.0}}).high, 2);
  EXPECT_FALSE(DecodedClamp("aten.clamp.default", {{"max", 2.0}}).low.has_value());
  EXPECT_EQ(DecodedClamp("aten.clamp_min.default", {{"min", 2.0}}).low, 2);
  EXPECT_FALSE(DecodedClamp("aten.clamp_max.default", {{"max", 2.0}}).low.has_value());
}

TEST(DecodeClamp, RefusesNoBounds) {
  EXPECT_THAT(FailureOf([] { DecodedClamp("aten.clamp.default"); }), HasSubstr("needs a lower"));
}

TEST(DecodeClamp, LeavesANanBoundOpaque) {
  Decoded<Opaque>("aten.clamp.default", {Float({4})}, {{"self", ValueId{0}}, {"min", std::nan("")}},
                  Float({4}));
}

TEST(DecodeClamp, LeavesABoundThatNoDoubleHoldsOpaque) {
  Decoded<Opaque>("aten.clamp.default", {MakeTensorType(ScalarType::kInt64, {4})},
                  {{"self", ValueId{0}}, {"min", (std::int64_t{1} << 53) + 1}},
                  MakeTensorType(ScalarType::kInt64, {4}));
}

TEST(DecodeOp, LeavesUnknownTargetsOpaque) {
  for (const char* target :
       {"aten.cumsum.default", "aten.relu", "relu.default", "", "_", "._", "_."}) {
    Decoded<Opaque>(target, {Float({4})}, {{"self", ValueId{0}}}, Float({4}));
  }
}

TEST(DecodeOp, ReadsGetAttr) {
  EXPECT_EQ(
      Decoded<GetAttr>("get_attr", {}, {{"attribute", std::string("conv.weight")}}, Float({4}))
          .attribute,
      "conv.weight");
}

}  // namespace
}  // namespace foldproof::ir
