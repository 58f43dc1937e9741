// SPDX-License-Identifier: BSD-3-Clause
//
// Constants behind a square root: all that PyTorch's builds can make of them.
#include <gmock/gmock.h>

#include <bit>

#include "tests/harness/prove/constant_node_test.h"

namespace foldproof::prove {
namespace {

using ir::ScalarType;
using ir::ValueId;
using testing::ElementsAre;
using testing::SizeIs;

class RootsTest : public ConstantNodeTest {
 protected:
  ValueId Root(ValueId of, std::int64_t count) {
    return FloatNode("aten.sqrt.default", {{"self", of}}, count);
  }
  static float FloatIn(const std::vector<std::byte>& bytes) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes.data(), sizeof(bits));
    return std::bit_cast<float>(bits);
  }
};

TEST_F(RootsTest, AreOneStepLowerOrHigher) {
  const ConstantValue& root = Find(Root(Floats({2}), 1));  // 0x3fb504f3
  EXPECT_THAT(root.roots.Each(), SizeIs(1));
  EXPECT_EQ(FloatIn(root.lower), std::bit_cast<float>(0x3fb504f2u));
  EXPECT_EQ(FloatIn(root.upper), std::bit_cast<float>(0x3fb504f4u));
}

TEST_F(RootsTest, ZeroHasTheSameRootEverywhere) {
  EXPECT_TRUE(Find(Root(Floats({0}), 1)).roots.empty());
}

TEST_F(RootsTest, PassThroughArithmetic) {
  const ValueId root = Root(Floats({2, 3}), 2);
  const ValueId quotient =
      FloatNode("aten.div.Tensor", {{"self", Floats({1, 1})}, {"other", root}}, 2);
  const std::vector<RootId> roots = Find(root).roots.Each();
  EXPECT_EQ(Find(quotient).roots.Each(), roots);
  EXPECT_NE(roots[0], roots[1]);
  EXPECT_EQ(FloatIn(Find(quotient).upper), 1 / std::bit_cast<float>(0x3fb504f4u));
}

TEST_F(RootsTest, OfEqualTensorsAreTheSame) {
  const ValueId a = Root(Floats({2}), 1);
  const ValueId b = Root(Floats({2}), 1);
  const ValueId c = Root(Floats({3}), 1);
  const Roots root = Find(a).roots;
  EXPECT_EQ(Find(b).roots, root);
  EXPECT_NE(Find(c).roots, root);
  const ValueId one = FloatNode("aten.mul.Tensor", {{"self", a}, {"other", b}}, 1);
  const ValueId two = FloatNode("aten.mul.Tensor", {{"self", a}, {"other", c}}, 1);
  EXPECT_EQ(Find(one).roots, root);
  EXPECT_EQ(Find(two).roots, Roots({kSeveralRoots}));
}

// f32(sqrt(2)) / s = 0.5 + 2^-24 or so at s = 2 * sqrt(2) is a tie for one of the three: a code
// that depends on it is both; a code in the middle of its step is settled.
TEST_F(RootsTest, CodesAreSettledUnlessAStepMovesThem) {
  const ValueId root = Root(Floats({2}), 1);
  const auto codes = [&](double scale) {
    return Node("quantized_decomposed.quantize_per_tensor.default",
                {{"input", root},
                 {"scale", scale},
                 {"zero_point", std::int64_t{0}},
                 {"quant_min", std::int64_t{-128}},
                 {"quant_max", std::int64_t{127}},
                 {"dtype", ScalarType::kInt8}},
                ScalarType::kInt8, {1});
  };
  EXPECT_TRUE(Find(codes(0.1)).roots.empty());  // 14.14
  const double tie = static_cast<double>(std::bit_cast<float>(0x3fb504f3u)) / 14.5;
  EXPECT_THAT(Find(codes(tie)).roots.Each(), SizeIs(1));
}

TEST(Roots, AreRunsOfEqualNeighbours) {
  const Roots roots({7, 7, 8, 7});
  EXPECT_EQ(roots.runs(), (std::vector<Roots::Run>{{7, 2}, {8, 1}, {7, 1}}));
  EXPECT_THAT(roots.Each(), ElementsAre(7, 7, 8, 7));
  EXPECT_TRUE(roots.Has(8));
  EXPECT_FALSE(roots.Has(kNoRoot));
}

// Every pair of lists of four elements, each 0 (none), 1 (several), 2 or 3.
TEST(Roots, CombineElementByElement) {
  const auto list = [](int number) {
    std::vector<RootId> out;
    for (int i = 0; i < 4; ++i, number /= 4) out.push_back(static_cast<RootId>(number % 4));
    return out;
  };
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      std::vector<RootId> expected = list(a);
      for (std::size_t i = 0; i < 4; ++i) expected[i] = CombineRoots(expected[i], list(b)[i]);
      ASSERT_EQ(Roots::Combined(Roots(list(a)), Roots(list(b))), Roots(expected));
    }
  }
  EXPECT_EQ(Roots::Combined({}, Roots({2})), Roots({2}));
  EXPECT_EQ(Roots::Combined(Roots({2}), {}), Roots({2}));
}

}  // namespace
}  // namespace foldproof::prove
