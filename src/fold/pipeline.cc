// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/pipeline.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "src/base/error.h"
#include "src/fold/fold_conv_bn.h"
#include "src/fold/fold_norm.h"
#include "src/fold/quant_fusion/quant_fusion.h"
#include "src/fold/quantize_bias.h"
#include "src/fold/upstream/upstream_fold.h"
#include "src/fold/upstream/upstream_quantize_bias.h"
#include "src/ir/checker.h"
#include "src/ir/lift.h"

namespace foldproof::fold {
namespace {

using Passes = std::vector<std::unique_ptr<ir::Pass>>;

// FuseQATConvBN prepares biases itself, so post-export it is one pass; pre-export the pass for
// biases alone runs before it.
Passes UpstreamPasses(const FoldOptions& options) {
  using Targets = UpstreamQuantizeBias::Targets;
  Passes passes;
  const bool before_export = options.pipeline == Pipeline::kPreExport;
  if (before_export || options.until == Stage::kBiases) {
    passes.push_back(std::make_unique<UpstreamQuantizeBias>(
        UpstreamQuantizeBias::Options{before_export ? Targets::kAtenPass : Targets::kFuseQatConvBn,
                                      options.default_zero_bias, options.symmetric}));
  }
  if (options.until != Stage::kBiases) {
    passes.push_back(std::make_unique<UpstreamFold>(options.default_zero_bias));
  }
  return passes;
}

// `rounded` outlives the passes.
Passes OwnPasses(const FoldOptions& options, RoundedBiases& rounded) {
  Passes passes;
  passes.push_back(std::make_unique<QuantizeBias>(
      QuantizeBias::Options{options.default_zero_bias, options.symmetric, true}, options.rules,
      &rounded));
  if (options.until != Stage::kBiases) {
    const auto quantizer = options.policy == Policy::kRepair ? FoldConvBn::Quantizer::kRepair
                                                             : FoldConvBn::Quantizer::kKeep;
    passes.push_back(std::make_unique<FoldConvBn>(quantizer, options.rules, &rounded));
  }
  return passes;
}

// FoldConvBN alone: it needs no biases prepared.
Passes NormPasses(const FoldOptions& options) {
  if (options.until == Stage::kBiases) {
    throw Error(Error::Code::kUsage, "fold",
                "the pass conv-bn prepares no biases; say another until");
  }
  Passes passes;
  if (options.policy == Policy::kUpstream) {
    passes.push_back(std::make_unique<UpstreamNorm>(options.upstream));
  } else {
    const bool repairs = options.policy == Policy::kRepair;
    passes.push_back(std::make_unique<FoldNorm>(FoldNorm::Options{repairs, ModeOf(options)},
                                                options.rules.norm));
  }
  return passes;
}

Passes PassesOf(const FoldOptions& options, RoundedBiases& rounded) {
  if (options.pass == FoldPass::kConvBn) return NormPasses(options);
  return options.policy == Policy::kUpstream ? UpstreamPasses(options)
                                             : OwnPasses(options, rounded);
}

}  // namespace

bool FoldResult::changed() const {
  return std::any_of(passes.begin(), passes.end(), [](const auto& p) { return p.changed(); });
}

FoldResult Fold(ir::Program program, const FoldOptions& options) {
  const bool before_export = options.pipeline == Pipeline::kPreExport;
  if (before_export) program = ir::Unlift(std::move(program));
  ir::Editor editor(std::move(program));
  FoldResult result;
  result.options = options;
  RoundedBiases rounded;
  const bool upstream = options.policy == Policy::kUpstream;
  Passes passes = PassesOf(options, rounded);
  if (options.until == Stage::kFusion) {
    const auto mode = upstream ? QuantFusion::Mode::kUpstream : QuantFusion::Mode::kGuarded;
    passes.push_back(
        std::make_unique<QuantFusion>(QuantFusion::Options{mode, PatternsOf(options.patterns)}));
  }
  for (const auto& pass : passes) result.passes.push_back(pass->Run(editor));
  result.program = std::move(editor).Finish();
  if (before_export) result.program = ir::Lift(std::move(result.program));
  if (before_export || result.changed()) ir::CheckProgram(result.program);
  return result;
}

}  // namespace foldproof::fold
