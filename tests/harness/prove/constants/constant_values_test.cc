// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/constant_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "tests/harness/prove/constant_node_test.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using ir::ValueId;
using testing::ElementsAre;
using testing::HasSubstr;

using ConstantValuesTest = ConstantNodeTest;

TEST_F(ConstantValuesTest, StoredConstantIsItselfAndExactInDouble) {
  const ValueId value = Floats({0.1f, -0.0f});
  EXPECT_EQ(Bits(value)[0], 0x3dcccccdu);
  EXPECT_EQ(Find(value).Ideal()[0], static_cast<double>(0.1f));
  EXPECT_TRUE(std::signbit(Find(value).Ideal()[1]));
}

TEST_F(ConstantValuesTest, LayoutMovesElementsAndIdeals) {
  const ValueId x = Stored<float>(ScalarType::kFloat32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const std::vector<std::int64_t> shape{3, 2}, swapped{1, 0};
  const ValueId reshaped =
      Node("aten.reshape.default", {{"self", x}, {"shape", shape}}, ScalarType::kFloat32, shape);
  EXPECT_THAT(Elements<float>(reshaped), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(Find(reshaped).value.sizes, shape);
  const ValueId permuted =
      Node("aten.permute.default", {{"self", x}, {"dims", swapped}}, ScalarType::kFloat32, shape);
  EXPECT_THAT(Elements<float>(permuted), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_THAT(Find(permuted).Ideal(), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST_F(ConstantValuesTest, FillsNeedTheShapeAlone) {
  const ValueId input = program_.UserInput("x", ir::MakeTensorType(ScalarType::kFloat32, {2, 2}));
  const ValueId zeros =
      Node("aten.zeros_like.default", {{"self", input}, {"dtype", ScalarType::kInt32}},
           ScalarType::kInt32, {2, 2});
  EXPECT_THAT(Elements<std::int32_t>(zeros), ElementsAre(0, 0, 0, 0));
  const std::vector<std::int64_t> size{1};
  const ValueId full = FloatNode("aten.full.default", {{"size", size}, {"fill_value", 0.1}}, 1);
  EXPECT_EQ(Elements<float>(full)[0], 0.1f);
  EXPECT_EQ(Find(full).Ideal()[0], 0.1);
  const ValueId wide = Node("aten.full.default",
                            {{"size", size}, {"fill_value", 300.0}, {"dtype", ScalarType::kInt8}},
                            ScalarType::kInt8, {1});
  EXPECT_THAT(WhyNot(wide), HasSubstr("int8"));
}

TEST_F(ConstantValuesTest, WhatAnInputReachesIsNoConstant) {
  const ValueId input = program_.UserInput("x", ir::MakeTensorType(ScalarType::kFloat32, {1}));
  const ValueId sum = FloatNode("aten.add.Tensor", {{"self", Floats({1})}, {"other", input}}, 1);
  EXPECT_EQ(WhyNot(sum), "");
  EXPECT_EQ(WhyNot(input), "");
}

TEST_F(ConstantValuesTest, UnknownOperatorsAreNamed) {
  const ValueId x = Stored<float>(ScalarType::kFloat32, {1, 1, 1}, {2});
  const ValueId product =
      Node("aten.bmm.default", {{"self", x}, {"mat2", x}}, ScalarType::kFloat32, {1, 1, 1});
  EXPECT_EQ(WhyNot(product), "aten.bmm.default is not evaluated here");
  const ValueId relu =
      Node("aten.relu.default", {{"self", product}}, ScalarType::kFloat32, {1, 1, 1});
  const ValueId root = Node("aten.sqrt.default", {{"self", relu}}, ScalarType::kFloat32, {1, 1, 1});
  EXPECT_EQ(WhyNot(root), "n1: aten.bmm.default is not evaluated here");  // where it began
}

TEST_F(ConstantValuesTest, RefusesADeclaredShapeThatDoesNotFit) {
  const ValueId a = Floats({1, 2});
  EXPECT_EQ(WhyNot(FloatNode("aten.add.Tensor", {{"self", a}, {"other", a}}, 3)),
            "it is declared float32[3], but its operands make float32[2]");
  const std::vector<std::int64_t> shape{3};
  EXPECT_THAT(WhyNot(FloatNode("aten.reshape.default", {{"self", a}, {"shape", shape}}, 3)),
              HasSubstr("number of elements"));
}

TEST_F(ConstantValuesTest, ComputesWithTheTypeThatIsThere) {
  // As after a pass that made a shared float bias int32: PyTorch reshapes and adds integers.
  const ValueId codes = Stored<std::int32_t>(ScalarType::kInt32, {1}, {16777217});
  const ValueId stale = FloatNode("aten.neg.default", {{"self", codes}}, 1);
  EXPECT_EQ(Find(stale).value.dtype, ScalarType::kInt32);
  const ValueId sum = FloatNode("aten.add.Tensor", {{"self", Floats({0})}, {"other", stale}}, 1);
  EXPECT_EQ(Elements<float>(sum)[0], -16777216.0f);
}

TEST_F(ConstantValuesTest, AFillHasTheTypeOfItsOperandAndNotTheDeclaredOne) {
  // PyTorch's full_like(float64) is float64, whatever a stale declaration says.
  const ValueId wide = Stored<double>(ScalarType::kFloat64, {2}, {1, 2});
  const ConstantProgram::Arguments of_wide{{"self", wide}, {"fill_value", 3.0}};
  EXPECT_EQ(Find(FloatNode("aten.full_like.default", of_wide, 2)).value.dtype,
            ScalarType::kFloat64);
  auto asked = of_wide;
  asked.emplace_back("dtype", ScalarType::kFloat32);
  EXPECT_EQ(Find(FloatNode("aten.full_like.default", asked, 2)).value.dtype, ScalarType::kFloat32);
  // Its type is that of a product with a tensor, which may widen.
  const ValueId x = program_.UserInput("x", ir::MakeTensorType(ScalarType::kFloat32, {2}));
  const ValueId product = FloatNode("aten.mul.Tensor", {{"self", x}, {"other", wide}}, 2);
  EXPECT_THAT(WhyNot(FloatNode("aten.zeros_like.default", {{"self", product}}, 2)),
              HasSubstr("which type"));
}

TEST_F(ConstantValuesTest, RefusesHugeBroadcasts) {
  const ValueId row = Stored<float>(ScalarType::kFloat32, {1, 10000}, std::vector<float>(10000));
  const ValueId column = Stored<float>(ScalarType::kFloat32, {10000, 1}, std::vector<float>(10000));
  const ValueId sum = Node("aten.add.Tensor", {{"self", row}, {"other", column}},
                           ScalarType::kFloat32, {10000, 10000});
  EXPECT_THAT(WhyNot(sum), HasSubstr("more than 67108864 elements"));
}

TEST_F(ConstantValuesTest, InPlaceResultIsTheNewValue) {
  const ValueId counter = Stored<std::int64_t>(ScalarType::kInt64, {}, {41});
  const std::int64_t one = 1;
  const ValueId after =
      Node("aten.add_.Tensor", {{"self", counter}, {"other", one}}, ScalarType::kInt64, {});
  program_.program().graph.SetOutputs({after});
  EXPECT_THAT(Elements<std::int64_t>(after), ElementsAre(42));
  EXPECT_THAT(Elements<std::int64_t>(counter), ElementsAre(41));
}

TEST_F(ConstantValuesTest, AViewShowsWhatItsOperandHoldsAfterAWrite) {
  const ValueId x = Floats({1});
  const ValueId view =
      FloatNode("aten.view.default", {{"self", x}, {"size", std::vector<std::int64_t>{1}}}, 1);
  const ValueId after = FloatNode("aten.add_.Tensor", {{"self", x}, {"other", 1.0}}, 1);
  const ValueId late = FloatNode("aten.neg.default", {{"self", view}}, 1);
  EXPECT_EQ(Elements<float>(view)[0], 1);
  EXPECT_EQ(Elements<float>(late)[0], -2);
  EXPECT_EQ(Elements<float>(x)[0], 1);
  EXPECT_EQ(Elements<float>(after)[0], 2);
}

TEST_F(ConstantValuesTest, ReadBeforeItIsOverwrittenStaysConstant) {
  const ValueId x = Floats({1});
  const ValueId early = FloatNode("aten.neg.default", {{"self", x}}, 1);
  const ValueId after = FloatNode("aten.add_.Tensor", {{"self", x}, {"other", 1.0}}, 1);
  EXPECT_EQ(Elements<float>(early)[0], -1);
  EXPECT_EQ(Elements<float>(after)[0], 2);
}

TEST_F(ConstantValuesTest, AWriteIntoPartsGoesBackIntoTheWhole) {
  // [[1, 2, 3], [4, 5, 6]]: the last column is negated, then the first row is doubled.
  const ValueId x = Stored<float>(ScalarType::kFloat32, {2, 3}, {1, 2, 3, 4, 5, 6});
  const std::int64_t zero = 0, one = 1, two = 2, three = 3;
  const ValueId column =
      Node("aten.slice.Tensor", {{"self", x}, {"dim", one}, {"start", two}, {"end", three}},
           ScalarType::kFloat32, {2, 1});
  Node("aten.neg_.default", {{"self", column}}, ScalarType::kFloat32, {2, 1});
  const ValueId row = Node("aten.select.int", {{"self", x}, {"dim", zero}, {"index", zero}},
                           ScalarType::kFloat32, {3});
  Node("aten.mul_.Tensor", {{"self", row}, {"other", 2.0}}, ScalarType::kFloat32, {3});
  const ValueId late = Node("aten.clone.default", {{"self", x}}, ScalarType::kFloat32, {2, 3});
  const ValueId part = Node("aten.clone.default", {{"self", column}}, ScalarType::kFloat32, {2, 1});
  EXPECT_THAT(Elements<float>(late), ElementsAre(2, 4, -6, 4, 5, -6));
  EXPECT_THAT(Elements<float>(part), ElementsAre(-6, -6));
}

TEST_F(ConstantValuesTest, WhatAnUnlistedOperatorMayWriteIntoIsNotKnown) {
  const ValueId x = Floats({1});
  FloatNode("mine.op.default", {{"self", x}}, 1);
  const ValueId late = FloatNode("aten.neg.default", {{"self", x}}, 1);
  EXPECT_EQ(WhyNot(late), "");  // no constant at all
}

TEST_F(ConstantValuesTest, ABufferThatTheProgramUpdatesIsNoConstant) {
  const ValueId x = Floats({1});
  FloatNode("aten.add_.Tensor", {{"self", x}, {"other", 1.0}}, 1);
  const ir::FunctionalProgram functional(program_.program());
  const ConstantValues values(functional.program());
  EXPECT_EQ(values.Find(functional.Made(x)), nullptr);
}

TEST_F(ConstantValuesTest, ChainOfInPlaceNodesIsFollowed) {
  const ValueId x = Floats({-2});
  const ValueId added = FloatNode("aten.add_.Tensor", {{"self", x}, {"other", 1.0}}, 1);
  const ValueId relu = FloatNode("aten.relu_.default", {{"self", added}}, 1);
  const ValueId behind = FloatNode("aten.neg.default", {{"self", relu}}, 1);
  EXPECT_EQ(Elements<float>(added)[0], -1);
  EXPECT_EQ(Elements<float>(relu)[0], 0);
  EXPECT_EQ(Elements<float>(behind)[0], 0);
}

TEST_F(ConstantValuesTest, ConstantsOfOneStorageAreOverwrittenTogether) {
  const ValueId x = Floats({1});
  const ValueId tied = Floats({1});
  ir::Program& program = program_.program();
  program.constants["c1"].storage = program.constants["c0"].storage;
  FloatNode("aten.add_.Tensor", {{"self", x}, {"other", 1.0}}, 1);
  const ValueId reader = FloatNode("aten.neg.default", {{"self", tied}}, 1);
  EXPECT_EQ(Elements<float>(reader)[0], -2);
}

TEST_F(ConstantValuesTest, LongChainsNeedNoStack) {
  ValueId value = Floats({1});
  for (int i = 0; i < 30000; ++i) value = FloatNode("aten.neg.default", {{"self", value}}, 1);
  EXPECT_EQ(Elements<float>(value)[0], 1);
}

// 2^20 float32 numbers are 4 MiB, and some two of such constants are kept. What is asked for again
// is computed again, and whoever has it keeps it.
TEST_F(ConstantValuesTest, LargeOnesAreNotKept) {
  const std::int64_t count = 1 << 20;
  const std::vector<float> ones(static_cast<std::size_t>(count), 1);
  std::vector<ValueId> sums{Floats(ones)};
  for (int i = 0; i < 8; ++i) {
    sums.push_back(FloatNode("aten.add.Tensor", {{"self", sums.back()}, {"other", 1.0}}, count));
  }
  const ValueId last = sums.back(), small = Floats({5});
  const ir::Program program = program_.Return({last, small});
  const ir::FunctionalProgram functional(program);
  const ConstantValues values(functional.program());
  const auto first_of = [](const ConstantValue& value) {
    return value.value.Elements<float>().front();
  };
  const std::weak_ptr<const ConstantValue> kept = values.Find(small);
  const std::weak_ptr<const ConstantValue> gone = values.Find(sums[1]);
  const std::shared_ptr<const ConstantValue> held = values.Find(sums[2]);
  std::vector<std::weak_ptr<const ConstantValue>> all{gone, held};
  for (std::size_t i = 3; i < sums.size(); ++i) all.push_back(values.Find(sums[i]));
  EXPECT_FALSE(kept.expired());
  EXPECT_TRUE(gone.expired());
  EXPECT_LE(std::ranges::count_if(all, [](const auto& each) { return !each.expired(); }), 4);
  EXPECT_EQ(first_of(*held), 3);
  EXPECT_TRUE(values.Has(sums[1]));
  EXPECT_EQ(values.WhyNot(sums[1]), "");
  EXPECT_EQ(first_of(*values.Find(sums[1])), 2);
  EXPECT_EQ(first_of(*values.Find(last)), 9);
  values.Forget();
  EXPECT_TRUE(all.back().expired());
  EXPECT_FALSE(kept.expired());
  EXPECT_EQ(first_of(*values.Find(last)), 9);
}

// Once from the stored constant on, with both operands of each.
TEST_F(ConstantValuesTest, ALargeOneIsComputedFromAllThatIsGone) {
  const std::int64_t count = 1 << 20;
  ValueId a = Floats(std::vector<float>(static_cast<std::size_t>(count), 1)), b = a;
  for (int i = 0; i < 8; ++i) {  // Fibonacci
    const ValueId sum = FloatNode("aten.add.Tensor", {{"self", a}, {"other", b}}, count);
    a = b;
    b = sum;
  }
  EXPECT_EQ(Elements<float>(b).back(), 55);
}

}  // namespace
}  // namespace foldproof::prove
