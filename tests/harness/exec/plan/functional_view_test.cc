// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/functional_view.h"

#include <gtest/gtest.h>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::exec {
namespace {

using prove::ConvProgram;
using prove::ConvSpec;

TEST(FunctionalView, LaterReadersSeeWhatAnInPlaceNodeLeft) {
  ConvProgram p{ConvSpec{}};
  const auto early = p.Call("aten.neg.default", p.conv());
  const auto relu = p.Call("aten.relu_.default", p.conv());
  const auto late = p.Call("aten.neg.default", p.conv());
  const auto conv = p.conv();
  const ir::Program program = p.Return({early, late});
  const FunctionalView view(program);
  const auto read = [&](ir::ValueId by) {
    return view.Read(program.graph.ProducerOf(by)->id, conv);
  };
  EXPECT_EQ(read(early), conv);
  EXPECT_EQ(read(late), relu);
  EXPECT_TRUE(view.IsLive(program.graph.ProducerOf(relu)->id));
}

TEST(FunctionalView, AnOutputSeesWhatAnInPlaceNodeLeft) {
  ConvProgram p{ConvSpec{}};
  const auto relu = p.Call("aten.relu_.default", p.conv());
  const auto conv = p.conv();
  const ir::Program program = p.Return({conv});
  EXPECT_EQ(FunctionalView(program).Output(0, conv), relu);
}

TEST(FunctionalView, AViewReadAfterItsSourceWasWrittenIsOverwritten) {
  ConvProgram p{ConvSpec{}};
  const auto view_of_it = p.Call("aten.alias.default", p.conv());
  p.Call("aten.relu_.default", p.conv());
  const ir::Program program = p.Return({view_of_it});
  EXPECT_TRUE(FunctionalView(program).IsOverwritten(view_of_it));
}

// Not typed operators, but views all the same.
TEST(FunctionalView, ASliceReadAfterItsSourceWasWrittenIsOverwritten) {
  for (const std::string target : {"aten.slice.Tensor", "aten.select.int", "aten.expand.default"}) {
    ConvProgram p{ConvSpec{}};
    const auto part = p.Call(target, p.conv());
    p.Call("aten.relu_.default", p.conv());
    const ir::Program program = p.Return({part});
    EXPECT_TRUE(FunctionalView(program).IsOverwritten(part)) << target;
  }
}

TEST(FunctionalView, AViewOfAnInPlaceResultSharesTheOperandsMemory) {
  // relu_ returns conv's own memory: neg_(conv) writes into the view of relu_'s result, too.
  ConvProgram p{ConvSpec{}};
  const auto relu = p.Call("aten.relu_.default", p.conv());
  const auto view_of_it = p.Call("aten.alias.default", relu);
  p.Call("aten.neg_.default", p.conv());
  const ir::Program program = p.Return({view_of_it});
  EXPECT_TRUE(FunctionalView(program).IsOverwritten(view_of_it));
}

TEST(FunctionalView, WhatReachesNoOutputIsDead) {
  ConvProgram p{ConvSpec{}};
  const auto dead = p.Call("aten.relu.default", p.conv());
  const auto conv = p.conv();
  const ir::Program program = p.Return({conv});
  const FunctionalView view(program);
  EXPECT_FALSE(view.IsLive(program.graph.ProducerOf(dead)->id));
  EXPECT_EQ(view.Users(conv).size(), 1u);  // the output
}

}  // namespace
}  // namespace foldproof::exec
