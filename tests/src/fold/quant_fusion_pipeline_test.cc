// SPDX-License-Identifier: BSD-3-Clause
//
// QuantFusion as the last pass of a pipeline, behind passes that erased and inserted nodes.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/fold/fold_names.h"
#include "src/fold/pipeline.h"
#include "src/fold/quant_fusion/quant_fusion.h"
#include "src/ir/printer.h"
#include "src/pt2/reader.h"
#include "tests/src/fold/corpus.h"

namespace foldproof::fold {
namespace {

// What `made()` is, as text, or what it is refused with.
template <typename Made>
std::string Outcome(Made&& made) {
  try {
    return ir::Print(made());
  } catch (const Error& error) {
    return error.what();
  }
}

ir::Program FoldedThenFused(const ir::Program& program, FoldOptions options) {
  options.until = Stage::kFold;
  ir::Editor editor(Fold(program, options).program);
  const bool upstream = options.policy == Policy::kUpstream;
  const auto mode = upstream ? QuantFusion::Mode::kUpstream : QuantFusion::Mode::kGuarded;
  QuantFusion({mode, PatternsOf(options.patterns)}).Run(editor);
  return std::move(editor).Finish();
}

// ExecuTorch runs each pass on a program; no pass may see what one before it erased, or see what
// one inserted elsewhere than where it runs.
TEST(QuantFusionPipeline, FusesAsItFusesTheFoldedProgram) {
  int fused = 0;
  for (const RecordedCase& recorded :
       CasesBelow(std::filesystem::path(tests::kSourceFolder) / "golden" / "pt2")) {
    const ir::Program program = pt2::ReadProgram(recorded.before);
    for (const Policy policy : {Policy::kUpstream, Policy::kGuarded}) {
      for (const PatternSet patterns : {PatternSet::kDefault, PatternSet::kFusedConvRelu}) {
        for (const bool zero_bias : {true, false}) {
          FoldOptions options;
          options.policy = policy;
          options.patterns = patterns;
          options.default_zero_bias = zero_bias;
          options.until = Stage::kFusion;
          SCOPED_TRACE(recorded.name + " " + std::string(NameOf(policy)) + " " +
                       std::string(NameOf(patterns)) + (zero_bias ? "" : " without zero biases"));
          const std::string at_once = Outcome([&] { return Fold(program, options).program; });
          EXPECT_EQ(at_once, Outcome([&] { return FoldedThenFused(program, options); }));
          fused += at_once.find("cadence.quantized_conv") != std::string::npos;
        }
      }
    }
  }
  EXPECT_GE(fused, 20);
}

}  // namespace
}  // namespace foldproof::fold
