// SPDX-License-Identifier: BSD-3-Clause
//
// Programs around ExecuTorch's QuantFusionPass: what its fused operators gave in PyTorch, they give
// here, bit for bit.
#include <gtest/gtest.h>

#include <set>

#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/executor.h"
#include "harness/exec/fused/fused_ops.h"
#include "src/pt2/reader.h"
#include "tests/harness/exec/recorded_trace.h"
#include "tests/paths.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

std::set<std::string> FusedOpsOf(const ir::Program& program) {
  std::set<std::string> targets;
  for (const ir::Node& node : program.graph.nodes()) {
    if (IsFusedOp(node.target)) targets.insert(node.target);
  }
  return targets;
}

// Runs NAME.after.pt2 on every input of NAME.io.npz and holds it to the recorded outputs. The
// number of those.
std::size_t CheckRecorded(Executor& executor, const ir::Program& program, const fs::path& file) {
  std::string stem = file.string();
  stem.resize(stem.size() - std::string_view(".after.pt2").size());
  const Arrays recorded = ReadNpz(stem + ".io.npz");
  const Arrays got = RunAll(executor, program, InputsOfAllRuns(program, recorded));
  for (const auto& [name, tensor] : got) {
    const auto wanted = recorded.find("after" + name.substr(1));  // y0_1: after0_1
    if (wanted == recorded.end()) {
      ADD_FAILURE() << file << ": no recorded output for " << name;
      continue;
    }
    EXPECT_TRUE(tensor == wanted->second) << file << ": " << name;
  }
  return got.size();
}

struct Checked {
  std::size_t programs = 0;
  std::size_t outputs = 0;
  std::set<std::string> targets;
};

Checked CheckFolder(Executor& executor, const fs::path& folder) {
  Checked checked;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(".after.pt2")) continue;
    const ir::Program program = pt2::ReadProgram(entry.path());
    const std::set<std::string> targets = FusedOpsOf(program);
    if (targets.empty()) continue;
    ++checked.programs;
    checked.outputs += CheckRecorded(executor, program, entry.path());
    checked.targets.insert(targets.begin(), targets.end());
  }
  return checked;
}

const std::set<std::string> kRecordedTargets{"cadence.quantized_add.per_tensor",
                                             "cadence.quantized_conv2d_nchw.per_tensor",
                                             "cadence.quantized_relu.per_tensor"};

class QuantFusion : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      executor_ = OpenTorchExecutor();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  std::unique_ptr<Executor> executor_;
};

TEST_F(QuantFusion, GoldenProgramsGiveTheirRecordedBits) {
  const Checked checked =
      CheckFolder(*executor_, fs::path(tests::kSourceFolder) / "golden" / "quant_fusion");
  EXPECT_EQ(checked.programs, 4u);
  EXPECT_EQ(checked.outputs, 12u);
  EXPECT_EQ(checked.targets, kRecordedTargets);
}

TEST_F(QuantFusion, CorpusGivesItsRecordedBits) {
  const fs::path folder = Corpus() / "quant_fusion";
  if (!fs::is_directory(folder)) GTEST_SKIP() << "SKIPPED: the corpus is not here";
  const Checked checked = CheckFolder(*executor_, folder);
  EXPECT_GE(checked.programs, 11u);
  EXPECT_GE(checked.outputs, 42u);
  EXPECT_EQ(checked.targets, kRecordedTargets);
}

}  // namespace
}  // namespace foldproof::exec
