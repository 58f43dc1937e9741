// SPDX-License-Identifier: BSD-3-Clause
//
// Chains in bfloat16 and float16. What upstream must make of golden/reported/half_*.before was
// recorded: half_*.real is ExecuTorch's own result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "src/fold/pipeline.h"
#include "src/fold/product.h"
#include "src/fold/quantized_conv.h"
#include "src/fold/upstream/chain_type.h"
#include "src/pt2/reader.h"
#include "tests/paths.h"

namespace foldproof::fold::half_chains_test {
namespace {

using ir::ScalarType;
using testing::ElementsAre;

ir::Program Reported(const std::string& name) {
  return pt2::ReadProgram(std::string(tests::kSourceFolder) + "/golden/reported/" + name + ".pt2");
}

FoldResult Folded(const std::string& name, Policy policy) {
  FoldOptions options;
  options.policy = policy;
  return Fold(Reported(name), options);
}

std::vector<std::int64_t> BiasCodes(const ir::Program& program) {
  for (const ir::Node& node : program.graph.nodes()) {
    if (const auto product = ReadProduct(node)) {
      return ReadQuantizedBias(program, product->bias.value())->values;
    }
  }
  return {};
}

std::vector<std::string> TargetsOf(const ir::Program& program) {
  std::vector<std::string> targets;
  for (const ir::Node& node : program.graph.nodes()) targets.push_back(node.target);
  return targets;
}

TEST(HalfChains, UpstreamFoldsAsExecuTorchDid) {
  for (const std::string name : {"half_bf16", "half_f16"}) {
    const ir::Program ours = Folded(name + ".before", Policy::kUpstream).program;
    const ir::Program real = Reported(name + ".real");
    EXPECT_EQ(BiasCodes(ours), BiasCodes(real));
    EXPECT_EQ(TargetsOf(ours), TargetsOf(real));
  }
}

// The numbers that the files store, in float64 (numpy): the old codes and
// ((orig - mean)·gamma / sqrt(var + eps) + beta) / f32(0.00012) are in bfloat16 -4462.116,
// -12627.151, 2469.413 and 2236.309, in float16 -767.205, 3811.078, 15980.832 and 11654.616.
TEST(HalfChains, AreFoldedWithoutTheirOwnRounding) {
  for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
    const ir::Program brain = Folded("half_bf16.before", policy).program;
    EXPECT_THAT(BiasCodes(brain), ElementsAre(-4462, -12627, 2469, 2236));
    const ir::Program half = Folded("half_f16.before", policy).program;
    EXPECT_THAT(BiasCodes(half), ElementsAre(-767, 3811, 15981, 11655));
    for (const ir::Program* program : {&brain, &half}) {
      for (const ir::Node& node : program->graph.nodes()) {
        EXPECT_FALSE(std::holds_alternative<ir::BatchNorm>(node.op));
      }
    }
  }
}

// To nearest, ties to even: bfloat16 has 7 bits behind the leading one, float16 has 10 and ends at
// 65504; its subnormal numbers are multiples of 2^-24.
TEST(RoundedTo, HasTheTypesDigits) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(RoundedTo(ScalarType::kBFloat16, 1 + 0x1p-8f), 1.0f);
  EXPECT_EQ(RoundedTo(ScalarType::kBFloat16, 1 + 0x3p-8f), 1 + 0x1p-6f);
  EXPECT_EQ(RoundedTo(ScalarType::kBFloat16, -1.01f), -1.0078125f);
  EXPECT_EQ(RoundedTo(ScalarType::kBFloat16, 0x1.fep127f), 0x1.fep127f);
  EXPECT_EQ(RoundedTo(ScalarType::kBFloat16, 0x1.ffp127f), kInfinity);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat16, 1 + 0x1p-11f), 1.0f);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat16, 1 + 0x3p-11f), 1 + 0x1p-9f);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat16, 65519.0f), 65504.0f);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat16, -65520.0f), -kInfinity);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat16, 0x1p-25f), 0.0f);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat16, 0x3p-25f), 0x1p-23f);
  EXPECT_EQ(RoundedTo(ScalarType::kFloat32, 1 + 0x1p-23f), 1 + 0x1p-23f);
}

}  // namespace
}  // namespace foldproof::fold::half_chains_test
