// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fold_options.h"

#include <CLI/CLI.hpp>

namespace foldproof::cli {

fold::FoldOptions FoldArguments::Options() const {
  fold::FoldOptions options;
  options.policy = policy == "upstream"  ? fold::Policy::kUpstream
                   : policy == "guarded" ? fold::Policy::kGuarded
                                         : fold::Policy::kRepair;
  options.pipeline =
      pipeline == "pre-export" ? fold::Pipeline::kPreExport : fold::Pipeline::kPostExport;
  options.until = until == "biases"   ? fold::Stage::kBiases
                  : until == "fusion" ? fold::Stage::kFusion
                                      : fold::Stage::kFold;
  options.patterns =
      patterns == "default" ? fold::PatternSet::kDefault : fold::PatternSet::kFusedConvRelu;
  options.default_zero_bias = !no_zero_bias;
  options.symmetric = symmetric;
  return options;
}

void AddFoldOptions(CLI::App& command, FoldArguments& arguments) {
  command
      .add_option("--pipeline", arguments.pipeline,
                  "The flow that is followed: on the exported program, or on the graph module")
      ->check(CLI::IsMember({"post-export", "pre-export"}))
      ->capture_default_str();
  command.add_option("--until", arguments.until, "The last of the pipeline's passes to run")
      ->check(CLI::IsMember({"biases", "fold", "fusion"}))
      ->capture_default_str();
  command
      .add_option("--patterns", arguments.patterns,
                  "What QuantFusion looks for: the patterns of ExecuTorch's quantizer of that name")
      ->check(CLI::IsMember({"default", "fused-conv-relu"}))
      ->capture_default_str();
  command.add_flag("--no-default-zero-bias", arguments.no_zero_bias,
                   "Leave a convolution without bias as it is");
  command.add_flag("--symmetric", arguments.symmetric, "Quantize biases from -2^31 + 1 on");
}

}  // namespace foldproof::cli
