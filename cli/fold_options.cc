// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fold_options.h"

#include <CLI/CLI.hpp>

#include "cli/choice_option.h"
#include "src/fold/fold_names.h"

namespace foldproof::cli {

void AddFoldOptions(CLI::App& command, fold::FoldOptions& options) {
  AddChoice(command, "--pipeline", options.pipeline,
            "The flow that is followed: on the exported program, or on the graph module");
  AddChoice(command, "--until", options.until, "The last of the pipeline's passes to run");
  AddChoice(command, "--patterns", options.patterns,
            "What QuantFusion looks for: the patterns of ExecuTorch's quantizer of that name");
  command.add_flag_callback(
      "--no-default-zero-bias", [&options] { options.default_zero_bias = false; },
      "Leave a convolution without bias as it is");
  command.add_flag("--symmetric", options.symmetric, "Quantize biases from -2^31 + 1 on");
}

}  // namespace foldproof::cli
