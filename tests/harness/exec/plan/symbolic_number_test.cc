// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/plan/symbolic_number.h"

#include <gtest/gtest.h>

#include <limits>

#include "src/base/error.h"

namespace foldproof::exec {
namespace {

std::int64_t Integer(const char* target, std::vector<std::int64_t> operands) {
  return std::get<std::int64_t>(RunSymbolicNumberOp(target, operands));
}

// Python: -7 // 2 is -4, -7 % 2 is 1, 7 // -2 is -4, 7 % -2 is -1.
TEST(SymbolicNumber, DividesAsPythonDoes) {
  EXPECT_EQ(Integer("_operator.floordiv", {7, 2}), 3);
  EXPECT_EQ(Integer("_operator.floordiv", {-7, 2}), -4);
  EXPECT_EQ(Integer("_operator.floordiv", {7, -2}), -4);
  EXPECT_EQ(Integer("_operator.mod", {-7, 2}), 1);
  EXPECT_EQ(Integer("_operator.mod", {7, -2}), -1);
  EXPECT_EQ(Integer("_operator.mod", {6, -2}), 0);
}

TEST(SymbolicNumber, AddsSubtractsMultipliesNegates) {
  EXPECT_EQ(Integer("_operator.add", {3, 4}), 7);
  EXPECT_EQ(Integer("_operator.sub", {3, 4}), -1);
  EXPECT_EQ(Integer("_operator.mul", {3, -4}), -12);
  EXPECT_EQ(Integer("_operator.neg", {3}), -3);
}

TEST(SymbolicNumber, ComparesToABool) {
  EXPECT_TRUE(std::get<bool>(RunSymbolicNumberOp("_operator.le", {3, 3})));
  EXPECT_FALSE(std::get<bool>(RunSymbolicNumberOp("_operator.lt", {3, 3})));
}

TEST(SymbolicNumber, RefusesOverflowAndDivisionByZero) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();
  EXPECT_THROW(Integer("_operator.add", {kHigh, 1}), Error);
  EXPECT_THROW(Integer("_operator.neg", {kLow}), Error);
  EXPECT_THROW(Integer("_operator.floordiv", {kLow, -1}), Error);
  EXPECT_THROW(Integer("_operator.mod", {1, 0}), Error);
}

TEST(SymbolicNumber, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW(Integer("_operator.pow", {1, 2}), Error);
  EXPECT_THROW(Integer("_operator.add", {1}), Error);
}

}  // namespace
}  // namespace foldproof::exec
