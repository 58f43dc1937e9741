// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/memory_order.h"

#include <gtest/gtest.h>

#include "tests/harness/prove/constant_node_test.h"

namespace foldproof::prove {
namespace {

class MemoryOrderTest : public ConstantNodeTest {
 protected:
  MemoryOrder OrderOf(ir::ValueId value) {
    Evaluate();
    return FindMemoryOrders(functional_->program())[functional_->Made(value).index];
  }
  bool IsPlain(ir::ValueId value) { return OrderOf(value) == MemoryOrder::kPlain; }
  ir::ValueId Grid() { return Stored<float>(ir::ScalarType::kFloat32, {2, 2}, {1, 2, 3, 4}); }
  ir::ValueId Of(const std::string& target, ir::ValueId self,
                 const ConstantProgram::Arguments& more = {}) {
    ConstantProgram::Arguments arguments{{"self", self}};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Node(target, arguments, ir::ScalarType::kFloat32, {2, 2});
  }
  ir::ValueId Turned(ir::ValueId self) {
    const std::int64_t zero = 0, one = 1;
    return Of("aten.transpose.int", self, {{"dim0", zero}, {"dim1", one}});
  }
};

TEST_F(MemoryOrderTest, ElementwiseOperatorsKeepIt) {
  const ir::ValueId grid = Grid();
  EXPECT_TRUE(IsPlain(grid));
  EXPECT_TRUE(IsPlain(Of("aten.neg.default", grid)));
  EXPECT_TRUE(IsPlain(Of("aten.add.Tensor", grid, {{"other", Floats({1, 2})}})));
  EXPECT_FALSE(IsPlain(Of("aten.neg.default", Turned(grid))));
  EXPECT_FALSE(IsPlain(Of("aten.add.Tensor", grid, {{"other", Turned(grid)}})));
}

TEST_F(MemoryOrderTest, ACloneMayMakeIt) {
  const ir::ValueId turned = Turned(Grid());
  EXPECT_FALSE(IsPlain(Of("aten.clone.default", turned)));
  EXPECT_TRUE(IsPlain(Of("aten.clone.default", turned, {{"memory_format", ir::MemoryFormat{1}}})));
  // It may give its operand itself, with its strides of dimensions of one element.
  EXPECT_FALSE(
      IsPlain(Of("aten.contiguous.default", turned, {{"memory_format", ir::MemoryFormat{1}}})));
}

TEST_F(MemoryOrderTest, AWriteMovesNothing) {
  const ir::ValueId turned = Turned(Grid());
  EXPECT_FALSE(IsPlain(Of("aten.copy_.default", turned, {{"src", Grid()}})));
  EXPECT_TRUE(
      IsPlain(Of("aten.copy_.default", Of("aten.neg.default", Grid()), {{"src", Turned(Grid())}})));
}

TEST_F(MemoryOrderTest, APartOfAStorageAndAnInputAreNot) {
  const ir::ValueId part = Grid();
  program_.program().storages.Change(0).resize(20);
  EXPECT_EQ(OrderOf(part), MemoryOrder::kRowMajor);
  EXPECT_EQ(OrderOf(Of("aten.clone.default", part)), MemoryOrder::kRowMajor);
  EXPECT_TRUE(IsPlain(Of("aten.neg.default", part)));
  const ir::ValueId odd = Stored<float>(ir::ScalarType::kFloat32, {2, 1}, {1, 2});
  program_.program().constants.at("c" + std::to_string(next_ - 1)).strides = {1, 2};
  EXPECT_EQ(OrderOf(odd), MemoryOrder::kUnknown);  // of the dimension of one element
  const auto type = ir::MakeTensorType(ir::ScalarType::kFloat32, {2, 2});
  EXPECT_FALSE(IsPlain(program_.UserInput("x", type)));
}

}  // namespace
}  // namespace foldproof::prove
