// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <vector>

#include "src/fold/fold_rules.h"
#include "src/fold/policy.h"
#include "src/fold/quant_fusion/quant_fusion_patterns.h"
#include "src/fold/upstream/upstream_norm.h"
#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// Where the passes stand in ExecuTorch's flow, and so in which form of the program they run.
enum class Pipeline {
  kPostExport,  // apply_pre_edge_transform_passes: on the ExportedProgram
  kPreExport,   // get_fake_quant_model: on the GraphModule, before it is exported
};

// The passes of every pipeline, in their order; the order matters (docs/fold.md, "Pipelines"). What
// a fusion makes has no convolution left that a proof could look at, so the fold is the usual end.
enum class Stage { kBiases, kFold, kFusion };

// What is folded (docs/fold.md).
enum class FoldPass {
  kQatConvBn,  // the chain that quantization-aware training leaves, into the bias
  kConvBn,     // a batch_norm behind a convolution or a linear, into weight and bias
};

struct FoldOptions {
  Policy policy = Policy::kRepair;
  Pipeline pipeline = Pipeline::kPostExport;
  Stage until = Stage::kFold;  // this stage is the last
  FoldPass pass = FoldPass::kQatConvBn;
  // Of kConvBn: what becomes of codes; nullopt: kRescale under kRepair, else kRequantize.
  std::optional<CodesMode> weights;
  UpstreamNormPass upstream = UpstreamNormPass::kFx;  // of kConvBn under kUpstream
  bool default_zero_bias = true;
  bool symmetric = false;                            // bias codes from -2^31 + 1
  PatternSet patterns = PatternSet::kFusedConvRelu;  // of the fusion
  FoldRules rules;                                   // of the policies guarded and repair
};

// What `options` make of codes.
inline CodesMode ModeOf(const FoldOptions& options) {
  return options.weights.value_or(options.policy == Policy::kRepair ? CodesMode::kRescale
                                                                    : CodesMode::kRequantize);
}

struct FoldResult {
  ir::Program program;
  FoldOptions options;
  std::vector<ir::PassReport> passes;

  bool changed() const;
};

// `program`, an ExportedProgram, folded; the result is one too. Throws Error(kInput) where the
// policy is kUpstream and ExecuTorch raises an exception, and Error(kUsage) for a stage that the
// pass has not.
FoldResult Fold(ir::Program program, const FoldOptions& options);

}  // namespace foldproof::fold
