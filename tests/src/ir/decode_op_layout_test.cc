// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/src/ir/one_node.h"

namespace foldproof::ir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Ints = std::vector<std::int64_t>;

std::vector<Argument> Self(std::vector<Argument> more = {}) {
  std::vector<Argument> arguments = {{"self", ValueId{0}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return arguments;
}

TEST(DecodeReshape, KnowsItsTargets) {
  const auto from = Float({1, 6});
  const auto input = [&](const char* target, std::vector<Argument> more, const TensorType& made) {
    return Decoded<Reshape>(target, {from}, Self(std::move(more)), made).input;
  };
  const Argument dim{"dim", std::int64_t{0}};
  EXPECT_EQ(input("aten.reshape.default", {{"shape", Ints{6}}}, Float({6})), ValueId{0});
  for (const char* view :
       {"aten.view.default", "aten.view_copy.default", "aten._unsafe_view.default"}) {
    EXPECT_EQ(input(view, {{"size", Ints{6}}}, Float({6})), ValueId{0});
  }
  EXPECT_EQ(input("aten.flatten.using_ints", {}, Float({6})), ValueId{0});
  EXPECT_EQ(input("aten.squeeze.default", {}, Float({6})), ValueId{0});
  EXPECT_EQ(input("aten.squeeze.dim", {dim}, Float({6})), ValueId{0});
  EXPECT_EQ(input("aten.squeeze.dims", {{"dim", Ints{0}}}, Float({6})), ValueId{0});
  for (const char* unsqueeze : {"aten.unsqueeze.default", "aten.unsqueeze_copy.default"})
    EXPECT_EQ(input(unsqueeze, {dim}, Float({1, 1, 6})), ValueId{0});
}

// Two sizes are left open, so nobody knows the shape; PyTorch refuses to run it.
TEST(DecodeReshape, LeavesAShapeThatDoesNotFollowOpaque) {
  Decoded<Opaque>("aten.reshape.default", {Float({1, 6})}, Self({{"shape", Ints{-1, -1}}}),
                  Float({2, 3}));
}

TEST(DecodeReshape, LeavesAViewOfOtherBitsOpaque) {
  Decoded<Opaque>("aten.view.dtype", {Float({6})}, Self({{"dtype", ScalarType::kInt32}}),
                  MakeTensorType(ScalarType::kInt32, {6}));
}

TEST(DecodePermute, CountsDimensionsFromTheFront) {
  EXPECT_THAT(Decoded<Permute>("aten.permute.default", {Float({2, 3, 4})},
                               Self({{"dims", Ints{0, -1, 1}}}), Float({2, 4, 3}))
                  .dims,
              ElementsAre(0, 2, 1));
  EXPECT_THAT(Decoded<Permute>("aten.transpose.int", {Float({2, 3, 4})},
                               Self({{"dim0", std::int64_t{-1}}, {"dim1", std::int64_t{0}}}),
                               Float({4, 3, 2}))
                  .dims,
              ElementsAre(2, 1, 0));
  EXPECT_THAT(Decoded<Permute>("aten.t.default", {Float({2, 3})}, Self(), Float({3, 2})).dims,
              ElementsAre(1, 0));
  EXPECT_THAT(Decoded<Permute>("aten.t.default", {Float({2})}, Self(), Float({2})).dims,
              ElementsAre(0));
}

TEST(DecodePermute, RefusesWhatIsNoPermutation) {
  const auto failure = [](Ints dims) {
    return FailureOf([&] {
      OneNode("aten.permute.default", {Float({2, 3})}, Self({{"dims", std::move(dims)}}),
              Float({3, 2}));
    });
  };
  EXPECT_THAT(failure({0, 0}), HasSubstr("each dimension once"));
  EXPECT_THAT(failure({0}), HasSubstr("each dimension once"));
  EXPECT_THAT(failure({0, 1, 1}), HasSubstr("each dimension once"));
  EXPECT_THAT(failure({0, 2}), HasSubstr("dimension 2 of a tensor of rank 2"));
}

TEST(DecodeCopy, KnowsItsTargets) {
  for (const char* target : {"aten.clone.default", "aten.contiguous.default", "aten.alias.default",
                             "aten.detach.default"}) {
    EXPECT_EQ(Decoded<Copy>(target, {Float({6})}, Self(), Float({6})).input, ValueId{0});
  }
}

TEST(DecodeDropout, IsACopyUnlessItDrops) {
  const auto arguments = [](double p, bool train) {
    return std::vector<Argument>{{"input", ValueId{0}}, {"p", p}, {"train", train}};
  };
  Decoded<Copy>("aten.dropout.default", {Float({6})}, arguments(0.5, false), Float({6}));
  Decoded<Copy>("aten.dropout.default", {Float({6})}, arguments(0, true), Float({6}));
  Decoded<Opaque>("aten.dropout.default", {Float({6})}, arguments(0.5, true), Float({6}));
  EXPECT_THAT(FailureOf([&] {
                OneNode("aten.dropout.default", {Float({6})}, arguments(1.5, false), Float({6}));
              }),
              HasSubstr("p must lie in [0, 1]"));
}

TEST(DecodeCast, ReadsItsType) {
  const TensorType half = MakeTensorType(ScalarType::kFloat16, {6});
  EXPECT_EQ(
      Decoded<Cast>("aten.to.dtype", {Float({6})}, Self({{"dtype", ScalarType::kFloat16}}), half)
          .dtype,
      ScalarType::kFloat16);
  Decoded<Cast>("aten._to_copy.default", {Float({6})},
                Self({{"dtype", ScalarType::kFloat16, true}}), half);
  Decoded<Copy>("aten._to_copy.default", {Float({6})}, Self(), Float({6}));
  EXPECT_THAT(
      FailureOf([&] {
        OneNode("aten.to.dtype", {Float({6})}, Self({{"dtype", ScalarType::kFloat16}}), Float({6}));
      }),
      HasSubstr("its output is declared float32"));
}

TEST(DecodeFill, ReadsItsNumber) {
  EXPECT_EQ(Decoded<Fill>("aten.zeros_like.default", {Float({6})}, Self(), Float({6})).value, 0);
  EXPECT_EQ(Decoded<Fill>("aten.ones.default", {}, {{"size", Ints{6}}}, Float({6})).value, 1);
  EXPECT_EQ(
      Decoded<Fill>("aten.full.default", {}, {{"size", Ints{6}}, {"fill_value", 2.5}}, Float({6}))
          .value,
      2.5);
  EXPECT_EQ(Decoded<Fill>("aten.full_like.default", {Float({6})}, Self({{"fill_value", true}}),
                          Float({6}))
                .value,
            1);
}

TEST(DecodePad, ReadsModes) {
  const auto decode = [](std::vector<Argument> more) {
    return Decoded<Pad>("aten.pad.default", {Float({1, 6})}, Self(std::move(more)), Float({1, 9}));
  };
  const Pad plain = decode({{"pad", Ints{1, 2}}});
  EXPECT_THAT(plain.amounts, ElementsAre(1, 2));
  EXPECT_EQ(plain.mode, Pad::Mode::kConstant);
  EXPECT_EQ(plain.value, 0);
  EXPECT_EQ(decode({{"pad", Ints{1, 2}}, {"value", -1.5}}).value, -1.5);
  EXPECT_EQ(decode({{"pad", Ints{1, 2}}, {"mode", std::string("reflect")}}).mode,
            Pad::Mode::kReflect);
  EXPECT_EQ(decode({{"pad", Ints{1, 2}}, {"mode", std::string("circular")}}).mode,
            Pad::Mode::kCircular);
  EXPECT_THAT(FailureOf([&] {
                decode({{"pad", Ints{1, 2}}, {"mode", std::string("wrap")}});
              }),
              HasSubstr("mode must be"));
  EXPECT_THAT(FailureOf([&] { decode({{"pad", Ints{1, 2, 3}}}); }), HasSubstr("pads 3 sides"));
  EXPECT_THAT(FailureOf([&] {
                decode({{"pad", Ints{1, 2, 3, 4, 5, 6}}});
              }),
              HasSubstr("pads 6 sides"));
  EXPECT_THAT(FailureOf([&] { decode({}); }), HasSubstr("argument 'pad' is missing"));
}

TEST(DecodePad, KnowsTheNamedOperators) {
  const std::vector<Argument> arguments = Self({{"padding", Ints{1, 1}}});
  EXPECT_EQ(
      Decoded<Pad>("aten.reflection_pad1d.default", {Float({1, 6})}, arguments, Float({1, 8})).mode,
      Pad::Mode::kReflect);
  EXPECT_EQ(
      Decoded<Pad>("aten.replication_pad1d.default", {Float({1, 6})}, arguments, Float({1, 8}))
          .mode,
      Pad::Mode::kReplicate);
  EXPECT_EQ(Decoded<Pad>("aten.constant_pad_nd.default", {Float({1, 6})},
                         Self({{"pad", Ints{1, 1}}, {"value", std::int64_t{3}}}), Float({1, 8}))
                .value,
            3);
}

}  // namespace
}  // namespace foldproof::ir
