// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/element_places.h"

#include <gtest/gtest.h>

namespace foldproof::prove {
namespace {

ir::TensorType Shape(const std::vector<std::int64_t>& sizes) {
  return ir::MakeTensorType(ir::ScalarType::kFloat32, sizes);
}

std::vector<std::int64_t> Elements(const ElementPlaces& places) { return *places.Table(1 << 20); }

TEST(ElementPlaces, ATransposedMatrixIsReadDownItsColumns) {
  const ElementPlaces places = ElementPlaces(Shape({2, 3})).Permuted({1, 0});
  // 0 1 2 / 3 4 5 transposed: 0 3 / 1 4 / 2 5.
  EXPECT_EQ(Elements(places), (std::vector<std::int64_t>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(places.Find(1), 2);
  EXPECT_EQ(places.Find(5), 5);
}

TEST(ElementPlaces, WaysThatLeadToOneMapAreEqual) {
  const ElementPlaces start(Shape({1, 4, 6, 6}));
  const auto split = start.Reshaped(Shape({1, 2, 2, 6, 6}));
  ASSERT_TRUE(split);
  // A shuffle of two groups of two channels, done and undone.
  const ElementPlaces shuffled = split->Permuted({0, 2, 1, 3, 4});
  const ElementPlaces back = shuffled.Permuted({0, 2, 1, 3, 4});
  EXPECT_TRUE(*back.Reshaped(Shape({1, 4, 6, 6})) == start);
  EXPECT_FALSE(*shuffled.Reshaped(Shape({1, 4, 6, 6})) == start);
  // Two transposes of three dimensions are one permute.
  const ElementPlaces two = start.Permuted({0, 2, 1, 3}).Permuted({0, 1, 3, 2});
  EXPECT_TRUE(two == start.Permuted({0, 2, 3, 1}));
}

TEST(ElementPlaces, DimensionsOfOneElementMayChangePlaces) {
  const ElementPlaces start(Shape({1, 1, 5}));
  EXPECT_TRUE(start.Permuted({1, 0, 2}) == start);
  // [1, 5, 1] is another shape, of the same elements in the same order.
  const ElementPlaces other = start.Permuted({0, 2, 1});
  EXPECT_FALSE(other == start);
  EXPECT_EQ(ElementPlaces::HaveSameOrder(other, start), true);
}

TEST(ElementPlaces, WhatStridesCannotWriteDownIsATable) {
  // 0 1 / 2 3 / 4 5 transposed: 0 2 4 1 3 5; by rows of two: 0 2 / 4 1 / 3 5; transposed again.
  const auto rows = ElementPlaces(Shape({3, 2})).Permuted({1, 0}).Reshaped(Shape({3, 2}));
  ASSERT_TRUE(rows);
  EXPECT_EQ(Elements(*rows), (std::vector<std::int64_t>{0, 2, 4, 1, 3, 5}));
  const ElementPlaces turned = rows->Permuted({1, 0});
  EXPECT_EQ(Elements(turned), (std::vector<std::int64_t>{0, 4, 3, 2, 1, 5}));
  EXPECT_EQ(turned.Find(3), 2);
  EXPECT_FALSE(turned == *rows);
  // Back by way of the same rows: a table that is the start.
  const auto home = turned.Permuted({1, 0}).Reshaped(Shape({2, 3}));
  ASSERT_TRUE(home);
  EXPECT_TRUE(home->Permuted({1, 0}) == ElementPlaces(Shape({3, 2})));
}

TEST(ElementPlaces, AFlippedLineRunsBackwards) {
  const auto flipped = ElementPlaces(Shape({2, 3})).Flipped({1});
  ASSERT_TRUE(flipped);
  EXPECT_EQ(Elements(*flipped), (std::vector<std::int64_t>{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(flipped->Find(5), 3);
  EXPECT_TRUE(*flipped->Flipped({1}) == ElementPlaces(Shape({2, 3})));
}

TEST(ElementPlaces, ASymbolicBatchIsCarriedAlong) {
  ir::TensorType type = Shape({3, 4, 2, 2});
  type.dims[0].symbol = "s0";
  ir::TensorType flat = Shape({3, 16});
  flat.dims[0].symbol = "s0";
  const ElementPlaces start(type);
  const auto plain = start.Reshaped(flat);
  const auto moved = start.Permuted({0, 2, 3, 1}).Reshaped(flat);
  ASSERT_TRUE(plain && moved);
  EXPECT_TRUE(*plain == *start.Reshaped(flat));
  EXPECT_FALSE(*plain == *moved);
  EXPECT_FALSE(plain->is_static());
  EXPECT_EQ(plain->Find(0), std::nullopt);
  // [s0 * 4, 4] splits the batch with the channels: not known.
  EXPECT_FALSE(start.Reshaped(Shape({12, 4})));
}

}  // namespace
}  // namespace foldproof::prove
