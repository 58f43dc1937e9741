// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/out_of_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/src/ir/small_program.h"

namespace foldproof::ir {
namespace {

using testing::Optional;

// The operator out of place for `target` on a tensor of type `self` with these other arguments,
// where the file says that the result has the type `made`.
struct Asked {
  TensorType self = Float({2, 3});
  TensorType other = Float({2, 3});
  std::optional<TensorType> made;

  std::optional<std::string> operator()(const std::string& target,
                                        std::vector<Argument> arguments = {},
                                        bool reads_other = false) const {
    Graph graph;
    const ValueId x = graph.AddInput("x", self);
    const ValueId y = graph.AddInput("y", other);
    arguments.insert(arguments.begin(), {"self", x});
    if (reads_other) arguments.insert(arguments.begin() + 1, {"other", y});
    const NodeId id =
        graph.Append("made", target, std::move(arguments), {{"made", made.value_or(self)}});
    return OutOfPlace(graph, graph.node(id));
  }
};

TEST(OutOfPlace, ArithmeticOfOneTypeHasATwin) {
  EXPECT_THAT(Asked{}("aten.add_.Tensor", {}, true), Optional(std::string("aten.add.Tensor")));
  EXPECT_THAT(Asked{}("aten.div_.Tensor", {}, true), Optional(std::string("aten.div.Tensor")));
  EXPECT_THAT(Asked{}("aten.mul_.Scalar", {{"other", 0.5}}),
              Optional(std::string("aten.mul.Scalar")));
  const Asked half{.self = MakeTensorType(ScalarType::kFloat16, {4}),
                   .other = MakeTensorType(ScalarType::kFloat16, {4})};
  EXPECT_THAT(half("aten.add_.Tensor", {}, true), Optional(std::string("aten.add.Tensor")));
}

TEST(OutOfPlace, SoHaveActivationsOfSimpleFormulas) {
  EXPECT_THAT(Asked{}("aten.relu_.default"), Optional(std::string("aten.relu.default")));
  EXPECT_THAT(Asked{}("aten.hardtanh_.default"), Optional(std::string("aten.hardtanh.default")));
  EXPECT_THAT(Asked{}("aten.hardswish_.default"), Optional(std::string("aten.hardswish.default")));
}

// A vector of sigmoid has other bits than its scalar remainder.
TEST(OutOfPlace, WhatFollowsStridesHasNone) {
  EXPECT_EQ(Asked{}("aten.sigmoid_.default"), std::nullopt);
  EXPECT_EQ(Asked{}("aten.silu_.default"), std::nullopt);
  EXPECT_EQ(Asked{}("aten.tanh_.default"), std::nullopt);
  EXPECT_EQ(Asked{}("aten.add_.Tensor", {{"alpha", 2.5}}, true), std::nullopt);
}

// float16 += float32 rounds the sum to float16, float16 + float32 is a float32; int32 /= 2 is no
// division of floats; a result of another shape is not what the operand holds.
TEST(OutOfPlace, NothingIsPromotedOrBroadcast) {
  const Asked promoted{.self = MakeTensorType(ScalarType::kFloat16, {2, 3})};
  EXPECT_EQ(promoted("aten.add_.Tensor", {}, true), std::nullopt);
  const Asked broadcast{.other = Float({3})};
  EXPECT_EQ(broadcast("aten.add_.Tensor", {}, true), std::nullopt);
  const TensorType ints = MakeTensorType(ScalarType::kInt32, {2, 3});
  const Asked integer{.self = ints, .other = ints};
  EXPECT_EQ(integer("aten.mul_.Tensor", {}, true), std::nullopt);
  const Asked other_result{.made = Float({3, 2})};
  EXPECT_EQ(other_result("aten.relu_.default"), std::nullopt);
}

TEST(OutOfPlace, WhatIsNotInPlaceHasNone) {
  EXPECT_EQ(Asked{}("aten.add.Tensor", {}, true), std::nullopt);
  EXPECT_EQ(Asked{}("aten.cumsum_.default", {{"dim", std::int64_t{0}}}), std::nullopt);
}

}  // namespace
}  // namespace foldproof::ir
