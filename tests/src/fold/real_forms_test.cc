// SPDX-License-Identifier: BSD-3-Clause
//
// Chains in the forms that real quantizers leave them in: TorchAO's, without a quantizer in front
// and with weights that are quantized in the graph; behind a linear; biases in front of a gate. The
// expected numbers are those of TorchAO's and ExecuTorch's own folds of the same programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "src/fold/product.h"
#include "src/fold/quantized_conv.h"
#include "src/ir/constant_vector.h"
#include "src/pt2/reader.h"
#include "tests/src/fold/corpus.h"
#include "tests/src/fold/judge.h"

namespace foldproof::fold::real_forms_test {
namespace {

namespace fs = std::filesystem;
using prove::Verdict;

fs::path Golden(const std::string& file) {
  return fs::path(tests::kSourceFolder) / "golden" / file;
}

FoldResult Folded(const ir::Program& before, Policy policy) {
  FoldOptions options;
  options.policy = policy;
  return Fold(before, options);
}

std::size_t NormsOf(const ir::Program& program) {
  return static_cast<std::size_t>(std::ranges::count_if(
      program.graph.nodes(),
      [](const ir::Node& node) { return std::holds_alternative<ir::BatchNorm>(node.op); }));
}

// The biases of the convolutions and linears, in the order of execution.
std::vector<ir::ValueId> BiasesOf(const ir::Program& program) {
  std::vector<ir::ValueId> biases;
  for (const ir::Node& node : program.graph.nodes()) {
    const auto product = ReadProduct(node);
    if (product && product->bias) biases.push_back(*product->bias);
  }
  return biases;
}

// A float bias; of one that the program quantizes and dequantizes, what it quantizes.
std::vector<float> FloatBias(const ir::Program& program, ir::ValueId bias) {
  for (const ir::Node* node = program.graph.ProducerOf(bias); node != nullptr;
       node = program.graph.ProducerOf(bias)) {
    bias = std::get<ir::ValueId>(node->arguments.front().value);
  }
  return FloatsOf(program, bias).value_or(std::vector<float>{});
}

// Half a step of the bias, and what TorchAO's float32 may be off, which rounds five times.
void ExpectNear(const QuantizedBias& ours, const std::vector<float>& theirs) {
  ASSERT_EQ(ours.values.size(), theirs.size());
  for (std::size_t c = 0; c < theirs.size(); ++c) {
    const double real = static_cast<double>(ours.values[c]) * ours.Scale(c);
    const auto wanted = static_cast<double>(theirs[c]);
    EXPECT_LE(std::abs(real - wanted), ours.Scale(c) / 2 + std::abs(wanted) * 0x1p-20) << c;
  }
}

void ExpectFoldedAsTorchAo(const fs::path& folder, const std::string& name) {
  SCOPED_TRACE(name);
  const ir::Program before = pt2::ReadProgram(folder / (name + ".torchao_before.pt2"));
  const ir::Program theirs = pt2::ReadProgram(folder / (name + ".torchao_after.pt2"));
  for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
    const FoldResult ours = Folded(before, policy);
    EXPECT_EQ(NormsOf(ours.program), NormsOf(theirs));
    EXPECT_LE(Judge(before, ours.program).verdict, Verdict::kWithin);
    const std::vector<ir::ValueId> ids = BiasesOf(ours.program), wanted = BiasesOf(theirs);
    ASSERT_EQ(ids.size(), wanted.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto bias = ReadQuantizedBias(ours.program, ids[i]);
      if (bias) ExpectNear(*bias, FloatBias(theirs, wanted[i]));
    }
  }
}

TEST(RealForms, TorchAosChainsAreFoldedAsTorchAoDoes) {
  for (const char* name :
       {"fused_conv2d_bias_relu", "xnn_pc_conv2d_nobias", "xnn_pt_conv1d_nobias"}) {
    const ir::Program before =
        pt2::ReadProgram(Golden("pt2") / (name + std::string(".torchao_before.pt2")));
    ASSERT_EQ(NormsOf(before), 1u);
    EXPECT_EQ(NormsOf(Folded(before, Policy::kRepair).program), 0u);
    ExpectFoldedAsTorchAo(Golden("pt2"), name);
  }
}

// TorchAO quantizes the weight of a transposed convolution along its inputs, so that there is no
// scale of a bias there. Of a negative variance it makes NaN.
TEST(RealForms, TorchAosChainsOfTheCorpus) {
  if (!fs::exists(CorpusFolder())) GTEST_SKIP() << "the corpus is not beside the project";
  std::size_t pairs = 0;
  for (const auto& entry : fs::directory_iterator(CorpusFolder())) {
    const std::string file = entry.path().filename().string(), suffix = ".torchao_before.pt2";
    if (!file.ends_with(suffix)) continue;
    const std::string name = file.substr(0, file.size() - suffix.size());
    const bool transposed = name.find("xnn_pc_convtranspose") != std::string::npos;
    if (transposed || name == "xnn_pt_negvar") {
      const FoldResult ours = Folded(pt2::ReadProgram(entry.path()), Policy::kRepair);
      ASSERT_EQ(ours.passes.front().missed.size(), 1u) << name;
      EXPECT_EQ(ours.passes.front().missed.front().rule, transposed ? "bias-missing" : "nonfinite");
      continue;
    }
    ++pairs;
    ExpectFoldedAsTorchAo(CorpusFolder(), name);
  }
  EXPECT_GT(pairs, 30u);
}

double WorstCalibrated(const prove::Verification& proof) {
  double worst = 0;
  for (const auto& site : proof.sites) {
    for (const auto& tail : site.tails) {
      for (const auto& channel : tail.channels)
        worst = std::max(worst, channel.calibrated.MostLsb());
    }
  }
  return worst;
}

std::vector<std::int64_t> FirstCodes(const ir::Program& program) {
  return ReadQuantizedBias(program, BiasesOf(program).front())->values;
}

// Behind a linear. The codes are those of the right fold that was reported with the program, and it
// moves one code.
TEST(RealForms, AChainBehindALinear) {
  const ir::Program before = pt2::ReadProgram(Golden("reported/lin_fold.before.pt2"));
  const ir::Program right = pt2::ReadProgram(Golden("reported/lin_fold.after.pt2"));
  for (const Policy policy : {Policy::kGuarded, Policy::kRepair}) {
    const FoldResult ours = Folded(before, policy);
    EXPECT_EQ(NormsOf(ours.program), 0u);
    EXPECT_EQ(FirstCodes(ours.program), FirstCodes(right));
    const auto judged = Judge(before, ours.program);
    EXPECT_EQ(judged.verdict, Verdict::kWithin);
    EXPECT_EQ(WorstCalibrated(judged), 1);
  }
}

// ExecuTorch's pass does not know linears.
TEST(RealForms, UpstreamLeavesAChainBehindALinear) {
  const ir::Program before = pt2::ReadProgram(Golden("reported/lin_fold.before.pt2"));
  EXPECT_FALSE(Folded(before, Policy::kUpstream).changed());
}

// A float bias whose value a gate of squeeze and excitation multiplies: the codes are those of
// ExecuTorch's own pass.
TEST(RealForms, ABiasInFrontOfAGate) {
  const ir::Program before = pt2::ReadProgram(Golden("reported/se_mini_1.before.pt2"));
  const ir::Program real = pt2::ReadProgram(Golden("reported/se_mini_1.upstream.pt2"));
  const FoldResult ours = Folded(before, Policy::kRepair);
  EXPECT_EQ(FirstCodes(ours.program), FirstCodes(real));
  EXPECT_EQ(Judge(before, ours.program).verdict, Verdict::kWithin);
}

}  // namespace
}  // namespace foldproof::fold::real_forms_test
