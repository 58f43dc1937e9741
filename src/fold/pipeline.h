// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "src/fold/fold_rules.h"
#include "src/fold/policy.h"
#include "src/fold/quant_fusion/quant_fusion_patterns.h"
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

struct FoldOptions {
  Policy policy = Policy::kRepair;
  Pipeline pipeline = Pipeline::kPostExport;
  Stage until = Stage::kFold;  // this stage is the last
  bool default_zero_bias = true;
  bool symmetric = false;                            // bias codes from -2^31 + 1
  PatternSet patterns = PatternSet::kFusedConvRelu;  // of the fusion
  FoldRules rules;                                   // of the policies guarded and repair
};

struct FoldResult {
  ir::Program program;
  FoldOptions options;
  std::vector<ir::PassReport> passes;

  bool changed() const;
};

// `program`, an ExportedProgram, folded; the result is one too. Throws Error(kInput) where the
// policy is kUpstream and ExecuTorch raises an exception.
FoldResult Fold(ir::Program program, const FoldOptions& options);

}  // namespace foldproof::fold
