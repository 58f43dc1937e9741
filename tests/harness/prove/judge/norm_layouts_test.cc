// SPDX-License-Identifier: BSD-3-Clause
//
// A batch_norm of a tensor that lies in memory otherwise than a conv's result: PyTorch computes it
// by another formula (docs/numerics.md, eq. 6b), and what is proved is held to libtorch on every
// input.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "harness/exec/executor.h"
#include "tests/harness/prove/conv_program.h"
#include "tests/harness/prove/side_pair.h"

namespace foldproof::prove::norm_layouts_test {
namespace {

constexpr float kGamma = 1.3f, kBeta = 0.2f, kMean = 0.15f, kVariance = 0.7f;

// conv -> permute(0, 1, 3, 2) -> batch_norm -> q of [1, 1, 16, 16]; or the norm folded, with a bias
// that is `off`.
ir::Program Program(bool folded, double off, bool contiguous = false) {
  const double alpha =
      static_cast<double>(kGamma) / std::sqrt(static_cast<double>(kVariance) + 1e-5);
  ConvSpec spec;
  spec.input = Int8(0.0625, 0);
  spec.image = {16, 16};
  spec.weight_scales = {folded ? static_cast<float>(0.375 * alpha) : 0.375f};
  spec.bias =
      std::vector<float>{folded ? static_cast<float>((0.1 - static_cast<double>(kMean)) * alpha +
                                                     static_cast<double>(kBeta) + off)
                                : 0.1f};
  ConvProgram p(spec);
  ir::ValueId value =
      p.nodes().Node("permute", "aten.permute.default",
                     {{"self", p.conv()}, {"dims", std::vector<std::int64_t>{0, 1, 3, 2}}},
                     ir::ScalarType::kFloat32, {1, 1, 16, 16});
  if (contiguous) value = p.Call("aten.contiguous.default", value);
  if (!folded) value = p.BatchNorm(value, {kGamma}, {kBeta}, {kMean}, {kVariance}, 1e-5);
  return p.Return({p.Step(value, Int8(0.05, 0))});
}

std::vector<float> Outputs(exec::Executor& torch, const ir::Program& program) {
  std::vector<float> x;
  for (int code = -128; code < 128; ++code) x.push_back(static_cast<float>(code) * 0.0625f);
  ir::ValueId input;
  for (const ir::InputSpec& spec : program.inputs) {
    if (spec.kind == ir::InputSpec::Kind::kUserInput) input = spec.value;
  }
  exec::Tensors feeds;
  feeds[input] = exec::Tensor::Of(ir::ScalarType::kFloat32, {1, 1, 16, 16}, x);
  const ir::ValueId y = std::get<ir::ValueId>(program.graph.outputs().at(0));
  return torch.Run(program, feeds, {y}).at(y).Elements<float>();
}

TEST(NormLayouts, BehindAPermutationBothFormulasAreBounded) {
  std::unique_ptr<exec::Executor> torch;
  try {
    torch = exec::OpenTorchExecutor();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  for (const double off : {0.0, 0.3}) {
    const ir::Program before = Program(false, 0), after = Program(true, off);
    const std::vector<float> b = Outputs(*torch, before), a = Outputs(*torch, after);
    double truth = 0;
    for (std::size_t i = 0; i < b.size(); ++i)
      truth = std::max(truth, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    const SidePair pair(before, after);
    const TailVerdict tail = pair.Judge().verification.sites.at(0).tails.at(0);
    EXPECT_EQ(tail.output, 0u) << "the batch_norm is no part of the tail";
    EXPECT_GE(tail.channels.at(0).reachable.lsb, truth / 0.05 - 1e-3);
    EXPECT_EQ(tail.verdict, off == 0 ? Verdict::kWithin : Verdict::kDiffers) << tail.reason;
  }
}

// What is known to lie as a new tensor does has one formula, and so the same bits as the fold.
TEST(NormLayouts, OfAContiguousTensorThereIsOneFormula) {
  const auto is_stepwise = [](bool contiguous) {
    const ReadProgram read(Program(false, 0, contiguous));
    const Tail& tail = read.site.value().tail;
    for (const TailInstruction& one : tail.instructions) {
      if (const auto* norm = std::get_if<tail_op::Affine>(&one.op))
        return norm->constants.stepwise.has_value();
    }
    ADD_FAILURE() << "no batch_norm in the tail";
    return false;
  };
  EXPECT_TRUE(is_stepwise(false));
  EXPECT_FALSE(is_stepwise(true));
}

}  // namespace
}  // namespace foldproof::prove::norm_layouts_test
