// SPDX-License-Identifier: BSD-3-Clause
//
// Failures of the past (fuzz/regressions), which must not come back.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "fuzz/case_files.h"
#include "fuzz/program_of_draw.h"
#include "harness/exec/integer/integer_executor.h"
#include "harness/passes/built_in_pass.h"
#include "tests/paths.h"

namespace foldproof::fuzz {
namespace {

std::vector<std::filesystem::path> Folders() {
  std::vector<std::filesystem::path> out;
  const auto root = std::filesystem::path(tests::kSourceFolder) / "fuzz" / "regressions";
  for (const auto& entry : std::filesystem::directory_iterator(root)) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

TEST(Regressions, HoldToday) {
  exec::IntegerExecutor executor;
  for (const auto& folder : Folders()) {
    const KeptCase kept = ReadCase(folder);
    SCOPED_TRACE(folder.filename().string() + ": " + kept.finding.detail);
    const fold::FoldOptions options = passes::OptionsNamed(kept.pass).value_or(fold::FoldOptions{});
    passes::BuiltInPass pass(options);
    PropertyOptions properties;
    properties.saturation_is_known = options.policy == fold::Policy::kGuarded;
    properties.family = kept.draw.family;
    properties.weights = fold::ModeOf(options);
    properties.dear_every = 1;
    const CaseOutcome outcome =
        Examiner(pass, properties, executor).Examine(ProgramOf(kept.draw), kept.index);
    for (const Finding& finding : outcome.findings) {
      ADD_FAILURE() << finding.rule << " at " << finding.node << ": " << finding.detail;
    }
  }
}

}  // namespace
}  // namespace foldproof::fuzz
