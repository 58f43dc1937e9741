// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/quant_fusion/quant_fusion_fx_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::fold {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> UsersOf(const FxGraph& fx, const std::string& name) {
  std::vector<std::string> users;
  for (const FxId id : fx.order()) {
    if (fx.at(id).name != name) continue;
    for (const FxId user : fx.at(id).users) users.push_back(fx.at(user).name);
  }
  return users;
}

FxId Called(const FxGraph& fx, const std::string& name) {
  for (const FxId id : fx.order()) {
    if (fx.at(id).name == name) return id;
  }
  ADD_FAILURE() << name;
  return 0;
}

// a = neg(x), b = add(x, y), c = abs(x), z = sin(y), return a, b, c, z
ir::Program FourCalls() {
  exec::SmallProgram made;
  const auto type = exec::FloatType({1});
  const auto x = made.Input("x", type), y = made.Input("y", type);
  const auto a = made.Node("a", "aten.neg.default", {{"self", x}}, type);
  const auto b = made.Node("b", "aten.add.Tensor", {{"self", x}, {"other", y}}, type);
  const auto c = made.Node("c", "aten.abs.default", {{"self", x}}, type);
  const auto z = made.Node("z", "aten.sin.default", {{"self", y}}, type);
  return made.Returning({a, b, c, z});
}

TEST(FxGraph, ListsUsersInOrder) {
  const FxGraph fx(FourCalls());
  EXPECT_THAT(UsersOf(fx, "x"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(UsersOf(fx, "y"), ElementsAre("b", "z"));
}

// As torch.fx 2.13 gave for y.replace_all_uses_with(w), w a third input: b reads x still, but
// stands behind c now.
TEST(FxGraph, ReplacingOneOperandMovesAReaderBehindTheUsersOfTheOther) {
  FxGraph fx(FourCalls());
  FxNode w;
  w.kind = FxNode::Kind::kPlaceholder;
  w.name = "w";
  const FxId made = fx.InsertBefore(Called(fx, "a"), w);
  fx.ReplaceAllUses(Called(fx, "y"), made);
  EXPECT_THAT(UsersOf(fx, "x"), ElementsAre("a", "c", "b"));
  EXPECT_THAT(UsersOf(fx, "y"), ElementsAre());
  EXPECT_THAT(UsersOf(fx, "w"), ElementsAre("b", "z"));
}

}  // namespace
}  // namespace foldproof::fold
