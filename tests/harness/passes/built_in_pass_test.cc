// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/built_in_pass.h"

#include <gtest/gtest.h>

namespace foldproof::passes {
namespace {

TEST(BuiltInPass, AnEngineIsFoundByItsName) {
  const auto repair = OptionsNamed("repair");
  ASSERT_TRUE(repair);
  EXPECT_EQ(repair->pass, fold::FoldPass::kQatConvBn);
  const auto rescale = OptionsNamed("conv-bn guarded rescale");
  ASSERT_TRUE(rescale);
  EXPECT_EQ(rescale->pass, fold::FoldPass::kConvBn);
  EXPECT_EQ(rescale->policy, fold::Policy::kGuarded);
  EXPECT_EQ(fold::ModeOf(*rescale), fold::CodesMode::kRescale);
  EXPECT_EQ(BuiltInPass(*rescale).name(), "conv-bn guarded rescale");
  EXPECT_FALSE(OptionsNamed("my_pass {in} {out}"));
}

}  // namespace
}  // namespace foldproof::passes
