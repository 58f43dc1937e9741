// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/functional/op_lists.h"

#include <gtest/gtest.h>

namespace foldproof::ir {
namespace {

TEST(OpLists, AnOperatorIsOnOneList) {
  EXPECT_GT(ListedFresh().size(), 800u);
  for (const std::string_view name : ListedFresh()) {
    EXPECT_FALSE(FindListedView(name).has_value()) << name;
    EXPECT_FALSE(FindListedWrites(name).has_value()) << name;
    EXPECT_FALSE(MayShareMemory(name)) << name;
  }
  for (const std::string_view name : ListedViews()) {
    EXPECT_FALSE(FindListedWrites(name).has_value()) << name;
  }
}

TEST(OpLists, NamesAreThoseOfTargets) {
  EXPECT_EQ(ListedName("aten.add.Tensor"), "add.Tensor");
  EXPECT_EQ(ListedName("executorch.exir.dialects.edge._ops.aten.relu.default"), "relu.default");
  EXPECT_EQ(ListedName("mine.op.default"), "mine.op.default");
}

// Their schemas do not say that they may return their operand, or write into a list.
TEST(OpLists, WhatSchemasDoNotSay) {
  EXPECT_TRUE(FindListedView("type_as.default")->may_copy);
  EXPECT_TRUE(FindListedView("feature_dropout.default")->may_copy);
  EXPECT_TRUE(FindListedView("sum_to_size.default")->may_copy);
  EXPECT_FALSE(FindListedView("_unsafe_view.default")->may_copy);
  EXPECT_EQ(FindListedWrites("_foreach_neg_.default"), std::vector<std::string>{"self"});
  EXPECT_EQ(FindListedWrites("__iand__.Tensor"), std::vector<std::string>{"self"});
  EXPECT_EQ(FindListedWrites("neg.out"), std::vector<std::string>{"out"});
  EXPECT_FALSE(IsListedFresh("resize_.default"));
  EXPECT_TRUE(IsListedRandom("rand_like.default"));
  EXPECT_TRUE(IsListedRandom("empty_like.default"));
}

}  // namespace
}  // namespace foldproof::ir
