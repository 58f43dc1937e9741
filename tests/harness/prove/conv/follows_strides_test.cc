// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/follows_strides.h"

#include <gtest/gtest.h>

#include "tests/harness/prove/conv_program.h"

namespace foldproof::prove {
namespace {

bool Follows(ConvProgram& p, ir::ValueId value) {
  const ir::Graph& graph = p.nodes().program().graph;
  return FollowsStrides(graph, *graph.ProducerOf(value));
}

TEST(FollowsStrides, ElementsThatAreComputedEachByItselfDoNot) {
  ConvProgram p({});
  for (const char* target : {"aten.relu.default", "aten.neg.default", "aten.clone.default",
                             "aten.flip.default", "aten.hardswish.default"}) {
    EXPECT_FALSE(Follows(p, p.Call(target, p.x()))) << target;
  }
  EXPECT_FALSE(Follows(p, p.Call("aten.add.Tensor", p.x(), {{"other", 1.5}})));
  EXPECT_FALSE(Follows(p, p.conv()));  // a sum of codes is exact
}

TEST(FollowsStrides, SumsVectorKernelsAndWhatIsOnNoListDo) {
  ConvProgram p({});
  for (const char* target : {"aten.sigmoid.default", "aten.sqrt.default", "aten.mean.default",
                             "aten.softmax.int", "aten.as_strided.default", "mine.new.default"}) {
    EXPECT_TRUE(Follows(p, p.Call(target, p.x()))) << target;
  }
  // Of 37 pairs of -0 and 0 PyTorch's maximum gives -0 for 5: those behind the last vector.
  EXPECT_TRUE(Follows(p, p.Call("aten.maximum.default", p.x(), {{"other", p.x()}})));
  EXPECT_TRUE(Follows(p, p.Call("aten.add.Tensor", p.x(), {{"other", p.x()}, {"alpha", 0.3}})));
  EXPECT_TRUE(Follows(p, p.BatchNorm(p.conv(), {1}, {0}, {0}, {1}, 1e-5)));
  const ir::ValueId floats = p.nodes().Floats("floats", {1, 1, 1, 1}, {0.3f});
  EXPECT_TRUE(Follows(p, p.AddConvOf(floats, ir::None{})));
}

}  // namespace
}  // namespace foldproof::prove
