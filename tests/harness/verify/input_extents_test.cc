// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/input_extents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "tests/harness/prove/float_net.h"

namespace foldproof::verify {
namespace {

using prove::nets::FloatNet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A linear of four inputs that reads x, or what a relu makes of it.
ir::Program Net(bool behind_relu) {
  FloatNet net({1, 4});
  const ir::ValueId read = behind_relu ? net.Relu(net.x()) : net.x();
  return net.Return({net.Linear(read, {1, 4}, {1, 2, 3, 4}, {0})});
}

Notes NotesOf(const ir::Program& program, const std::vector<float>& numbers) {
  InputExtents extents(program, {-1, 1});
  extents.Add({{program.graph.FindValue("x").value(),
                exec::Tensor::Of(ir::ScalarType::kFloat32, {1, 4}, numbers)}});
  Notes notes;
  extents.Tell("in.npz", notes);
  return notes;
}

TEST(InputExtents, WhatLiesOutsideOfTheBoxIsCounted) {
  EXPECT_THAT(NotesOf(Net(false), {-1, 0, 0.5, 1}), IsEmpty());
  EXPECT_THAT(
      NotesOf(Net(false), {-2, 0, 0.5, 7.5}),
      ElementsAre("2 of the 4 numbers that in.npz gives the input x lie outside of [-1, 1], "
                  "so the proof says nothing of them; --input-range=-2:7.5 would hold all "
                  "that are finite"));
}

TEST(InputExtents, NanLiesInNoBox) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(NotesOf(Net(false), {nan, 0, 0, 0}), ElementsAre(HasSubstr("1 of the 4 numbers")));
  EXPECT_THAT(NotesOf(Net(false), {nan, nan, nan, nan}),
              ElementsAre(testing::Not(HasSubstr("--input-range"))));
}

// What a relu makes of the input is another number.
TEST(InputExtents, AnInputThatNoConvReadsIsNotLookedAt) {
  EXPECT_THAT(NotesOf(Net(true), {-2, 0, 0.5, 7.5}), IsEmpty());
}

}  // namespace
}  // namespace foldproof::verify
