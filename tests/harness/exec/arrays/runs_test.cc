// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

// Gives every fetched value the tensor that was fed first.
class PreparedEcho : public PreparedProgram {
 public:
  explicit PreparedEcho(std::vector<ir::ValueId> fetch) : fetch_(std::move(fetch)) {}

  Tensors Run(const Tensors& feeds) override {
    Tensors out;
    for (const ir::ValueId id : fetch_) out.emplace(id, feeds.begin()->second);
    return out;
  }

 private:
  std::vector<ir::ValueId> fetch_;
};

class Echo : public Executor {
 public:
  std::unique_ptr<PreparedProgram> Prepare(const ir::Program&, const std::set<ir::ValueId>&,
                                           const std::vector<ir::ValueId>& fetch) override {
    return std::make_unique<PreparedEcho>(fetch);
  }
  std::string Describe() const override { return "echo"; }
};

ir::ValueId Relu(SmallProgram& made, const std::string& name, ir::ValueId x) {
  return made.Node(name, "aten.relu.default", {{"self", x}}, FloatType({1}));
}

Tensor One(float value) { return FloatTensor({1}, {value}); }

TEST(Runs, OneInputIsXAndOneOutputIsY) {
  SmallProgram made;
  const auto x = made.Input("x", FloatType({1}));
  const ir::Program& program = made.Returning({Relu(made, "a", x)});
  const Arrays arrays{{"x0", One(5)}, {"x1", One(6)}, {"before0", One(7)}, {"xs", One(8)}};
  EXPECT_EQ(CountRuns(program, arrays), 2u);
  Echo echo;
  const Arrays out = RunAll(echo, program, InputsOfAllRuns(program, arrays));
  EXPECT_EQ(out, (Arrays{{"y0", One(5)}, {"y1", One(6)}}));
}

TEST(Runs, SeveralInputsAndOutputsAreNumbered) {
  SmallProgram made;
  const auto a = made.Input("a", FloatType({1}));
  const auto b = made.Input("b", FloatType({1}));
  const ir::Program& program = made.Returning({Relu(made, "c", a), Relu(made, "d", b)});
  const Arrays arrays{{"x0_0", One(5)}, {"x0_1", One(6)}};
  EXPECT_EQ(InputsOfRun(program, arrays, 0), (Tensors{{a, One(5)}, {b, One(6)}}));
  Echo echo;
  EXPECT_THAT(RunAll(echo, program, InputsOfAllRuns(program, arrays)),
              ElementsAre(Key("y0_0"), Key("y0_1")));
}

TEST(Runs, AMutatedBufferIsNoOutputOfTheUser) {
  SmallProgram made;
  const auto x = made.Input("x", FloatType({1}));
  made.Returning({Relu(made, "a", x), Relu(made, "b", x)});
  made.program().outputs[0].kind = ir::OutputSpec::Kind::kBufferMutation;
  Echo echo;
  EXPECT_THAT(RunAll(echo, made.program(), {{{x, One(5)}}}), ElementsAre(Key("y0")));
}

TEST(Runs, AMissingArrayIsNamed) {
  SmallProgram made;
  const auto x = made.Input("image", FloatType({1}));
  const ir::Program& program = made.Returning({Relu(made, "a", x)});
  try {
    InputsOfAllRuns(program, {{"x0", One(1)}, {"x2", One(1)}, {"z", One(1)}});
    FAIL() << "run 1 has no input";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Error::Code::kInput);
    EXPECT_EQ(error.place(), "x1");
    EXPECT_THAT(error.why(), HasSubstr("'image'"));
  }
  EXPECT_THROW(CountRuns(program, {{"before0", One(1)}}), Error);
}

TEST(Runs, AProgramWithoutInputsRunsOnce) {
  SmallProgram made;
  const auto b = made.Buffer("b", One(1));
  EXPECT_EQ(CountRuns(made.Returning({Relu(made, "a", b)}), {}), 1u);
}

TEST(Runs, ArraysOfAnotherNumberOfInputsAreCounted) {
  SmallProgram made;
  const auto x = made.Input("image", FloatType({1}));
  const ir::Program& program = made.Returning({Relu(made, "a", x)});
  try {
    InputsOfAllRuns(program, {{"x0_0", One(1)}, {"x0_1", One(1)}});
    FAIL() << "two arrays are not one input";
  } catch (const Error& error) {
    EXPECT_THAT(error.why(), HasSubstr("2 arrays for 1 input"));
  }
}

// Nobody counts to a huge number, and no input is left out in silence.
TEST(Runs, AGapIsRefused) {
  SmallProgram made;
  const auto x = made.Input("x", FloatType({1}));
  const ir::Program& program = made.Returning({Relu(made, "a", x)});
  EXPECT_THROW(CountRuns(program, {{"x0", One(1)}, {"x2", One(1)}}), Error);
  EXPECT_THROW(CountRuns(program, {{"x0", One(1)}, {"x4000000000", One(1)}}), Error);
  EXPECT_EQ(CountRuns(program, {{"x0", One(1)}, {"x99999999999999999999", One(1)}}), 1u);
}

}  // namespace
}  // namespace foldproof::exec
