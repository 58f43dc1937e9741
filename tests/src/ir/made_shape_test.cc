// SPDX-License-Identifier: BSD-3-Clause
//
// Expected shapes are those that PyTorch makes of such tensors and arguments.
#include "src/ir/made_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/ir/checker.h"
#include "tests/src/ir/one_node.h"

namespace foldproof::ir {
namespace {

using testing::HasSubstr;

using Ints = std::vector<std::int64_t>;

TensorType Dynamic(std::vector<Dim> dims) {
  return {.dtype = ScalarType::kFloat32, .dims = std::move(dims)};
}
Dim Number(std::int64_t size) { return {.size = size, .symbol = {}}; }
Dim Symbol(std::string name) { return {.size = -1, .symbol = std::move(name)}; }

// What a node of that target and argument makes of a tensor, whatever its output is declared.
std::string Made(const std::string& target, const TensorType& from, std::vector<Argument> more) {
  std::vector<Argument> arguments = {{"self", ValueId{0}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  const Graph graph = OneNode(target, {from}, std::move(arguments), Float({}));
  return ShapeOfArguments(graph, graph.nodes().front()).made;
}

std::string Made(const std::string& target, Ints from, std::vector<Argument> more) {
  return Made(target, Float(from), std::move(more));
}

std::string CheckMade(const std::string& target, Ints from, std::vector<Argument> more,
                      const TensorType& declared) {
  std::vector<Argument> arguments = {{"self", ValueId{0}}};
  for (Argument& argument : more) arguments.push_back(std::move(argument));
  return FailureOf([&] {
    const Graph graph = OneNode(target, {Float(from)}, std::move(arguments), declared);
    CheckShapes(graph, graph.nodes().front());
  });
}

TEST(MadeShape, OfAReshapeIsWhatItIsAskedFor) {
  EXPECT_EQ(Made("aten.reshape.default", {2, 6}, {{"shape", Ints{3, 4}}}), "[3, 4]");
  EXPECT_EQ(Made("aten.reshape.default", {2, 6}, {{"shape", Ints{1, -1, 4}}}), "[1, 3, 4]");
  EXPECT_EQ(Made("aten.view.default", {4}, {{"size", Ints{1, 1, -1, 1}}}), "[1, 1, 4, 1]");
  EXPECT_EQ(Made("aten.view_copy.default", {4}, {{"size", Ints{-1}}}), "[4]");
  EXPECT_EQ(Made("aten._unsafe_view.default", {4, 2}, {{"size", std::int64_t{8}}}), "[8]");
}

TEST(MadeShape, OfAFlattenJoinsDimensions) {
  EXPECT_EQ(Made("aten.flatten.using_ints", {2, 3, 4}, {}), "[24]");
  EXPECT_EQ(Made("aten.flatten.using_ints", {2, 3, 4}, {{"start_dim", std::int64_t{1}}}),
            "[2, 12]");
  EXPECT_EQ(Made("aten.flatten.using_ints", {2, 3, 4},
                 {{"start_dim", std::int64_t{0}}, {"end_dim", std::int64_t{-2}}}),
            "[6, 4]");
  EXPECT_EQ(Made("aten.flatten.using_ints", Ints{}, {}), "[1]");
}

TEST(MadeShape, OfAnUnflattenSplitsOne) {
  EXPECT_EQ(
      Made("aten.unflatten.int", {2, 12}, {{"dim", std::int64_t{-1}}, {"sizes", Ints{3, -1}}}),
      "[2, 3, 4]");
}

TEST(MadeShape, OfASqueezeLeavesOutOnes) {
  EXPECT_EQ(Made("aten.squeeze.default", {1, 3, 1, 4}, {}), "[3, 4]");
  EXPECT_EQ(Made("aten.squeeze.dim", {1, 3, 1, 4}, {{"dim", std::int64_t{2}}}), "[1, 3, 4]");
  EXPECT_EQ(Made("aten.squeeze.dim", {1, 3}, {{"dim", std::int64_t{1}}}), "[1, 3]");
  EXPECT_EQ(Made("aten.squeeze_copy.dims", {1, 3, 1}, {{"dim", Ints{0, -1}}}), "[3]");
}

TEST(MadeShape, OfAnUnsqueezeHasOneMore) {
  EXPECT_EQ(Made("aten.unsqueeze.default", {4, 5}, {{"dim", std::int64_t{0}}}), "[1, 4, 5]");
  EXPECT_EQ(Made("aten.unsqueeze.default", {4, 5}, {{"dim", std::int64_t{2}}}), "[4, 5, 1]");
  EXPECT_EQ(Made("aten.unsqueeze_copy.default", {4, 5}, {{"dim", std::int64_t{-1}}}), "[4, 5, 1]");
  EXPECT_EQ(Made("aten.unsqueeze.default", {4, 5}, {{"dim", std::int64_t{-3}}}), "[1, 4, 5]");
}

TEST(MadeShape, OfAFillIsItsSizeOrThatOfAnother) {
  EXPECT_EQ(Made("aten.zeros.default", {7}, {{"size", Ints{2, 3}}}), "[2, 3]");
  EXPECT_EQ(Made("aten.full.default", {7}, {{"size", Ints{2}}, {"fill_value", 1.5}}), "[2]");
  EXPECT_EQ(Made("aten.ones_like.default", {7, 2}, {}), "[7, 2]");
}

TEST(MadeShape, FollowsSymbolsWhereTheyCancel) {
  const TensorType batch = Dynamic({Symbol("s0"), Number(4), Number(4)});
  EXPECT_EQ(Made("aten.flatten.using_ints", batch, {{"start_dim", std::int64_t{1}}}), "[s0, 16]");
  EXPECT_EQ(Made("aten.view.default", batch, {{"size", Ints{-1, 16}}}), "[s0, 16]");
  EXPECT_EQ(Made("aten.view.default", batch, {{"size", Ints{-1, 8}}}), "[?, 8]");
}

// sym_size of the input's first dimension, and a view by it.
MadeShape ViewByASize(std::vector<IntOrValue> sizes, const TensorType& declared) {
  Graph graph;
  const ValueId x = graph.AddInput("x", Dynamic({Symbol("s0"), Number(4), Number(6)}));
  graph.Append("size", "aten.sym_size.int", {{"self", x}, {"dim", std::int64_t{0}}},
               {{"s", std::nullopt}});
  graph.Append("view", "aten.view.default", {{"self", x}, {"size", std::move(sizes)}},
               {{"out", declared}});
  return ShapeOfArguments(graph, graph.nodes().back());
}

TEST(MadeShape, TakesASizeThatAnotherTensorHas) {
  const ValueId size{1};
  const TensorType flat = Dynamic({Symbol("s0"), Number(24)});
  EXPECT_EQ(ViewByASize({size, std::int64_t{-1}}, flat).agreement, ShapeAgreement::kAgrees);
  EXPECT_EQ(ViewByASize({size, std::int64_t{-1}}, flat).made, "[s0, 24]");
  const TensorType turned = Dynamic({Symbol("s0"), Number(4), Number(6)});
  EXPECT_EQ(ViewByASize({size, std::int64_t{6}, std::int64_t{4}}, turned).agreement,
            ShapeAgreement::kDiffers);
}

TEST(MadeShape, IsUnknownWhereTwoSizesAre) {
  EXPECT_EQ(ViewByASize({std::int64_t{-1}, std::int64_t{-1}}, Float({4, 6})).agreement,
            ShapeAgreement::kUnknown);
}

TEST(MadeShape, OfAnotherOperatorIsUnknown) { EXPECT_EQ(Made("aten.relu.default", {4}, {}), ""); }

// What a pass leaves behind that sets node.args and not the node's meta.
TEST(CheckShapes, RefusesAStaleShape) {
  EXPECT_THAT(
      CheckMade("aten.reshape.default", {4}, {{"shape", Ints{1, 1, -1, 1}}}, Float({1, 4, 1, 1})),
      HasSubstr("makes [1, 1, 4, 1] by its arguments, but its output is declared [1, 4, 1, 1]"));
  EXPECT_EQ(
      CheckMade("aten.reshape.default", {4}, {{"shape", Ints{1, -1, 1, 1}}}, Float({1, 4, 1, 1})),
      "no error");
  EXPECT_THAT(CheckMade("aten.unsqueeze.default", {4}, {{"dim", std::int64_t{0}}}, Float({4, 1})),
              HasSubstr("makes [1, 4]"));
  EXPECT_THAT(CheckMade("aten.squeeze.dim", {1, 4, 1}, {{"dim", std::int64_t{0}}}, Float({1, 4})),
              HasSubstr("makes [4, 1]"));
  EXPECT_THAT(CheckMade("aten.flatten.using_ints", {2, 3, 4}, {{"start_dim", std::int64_t{1}}},
                        Float({6, 4})),
              HasSubstr("makes [2, 12]"));
  EXPECT_THAT(CheckMade("aten.zeros.default", {7}, {{"size", Ints{2, 3}}}, Float({3, 2})),
              HasSubstr("makes [2, 3]"));
  EXPECT_THAT(CheckMade("aten.ones_like.default", {7, 2}, {}, Float({2, 7})),
              HasSubstr("makes [7, 2]"));
}

TEST(CheckShapes, RefusesAStaleShapeBesideASymbol) {
  const TensorType batch = Dynamic({Symbol("s0"), Number(4), Number(6)});
  const auto check = [&](const std::string& target, std::vector<Argument> more,
                         const TensorType& declared) {
    std::vector<Argument> arguments = {{"self", ValueId{0}}};
    for (Argument& argument : more) arguments.push_back(std::move(argument));
    return FailureOf([&] {
      const Graph graph = OneNode(target, {batch}, std::move(arguments), declared);
      CheckShapes(graph, graph.nodes().front());
    });
  };
  EXPECT_EQ(check("aten.relu.default", {}, batch), "no error");
  EXPECT_THAT(check("aten.relu.default", {}, Dynamic({Symbol("s0"), Number(6), Number(4)})),
              HasSubstr("makes [s0, 4, 6]"));
  EXPECT_THAT(check("aten.permute.default", {{"dims", Ints{0, 2, 1}}}, batch),
              HasSubstr("makes [s0, 6, 4]"));
}

}  // namespace
}  // namespace foldproof::ir
