// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fold_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>

#include "cli/choice_option.h"
#include "cli/standard_output.h"
#include "src/fold/fold_names.h"

namespace foldproof::cli {

void AddWeightsOption(CLI::App& command, fold::FoldOptions& options) {
  AddChoice(
      command, "--weights", NamesOf<fold::CodesMode>(), "",
      [&options](const std::string& name) { options.weights = Parse<fold::CodesMode>(name); },
      "With --fold-pass conv-bn, what becomes of weights of codes. requantize: new codes at new "
      "scales; rescale: the same codes, up to a sign, with a scale for each channel. Default: "
      "rescale under the policy repair, else requantize");
}

void AddFoldOptions(CLI::App& command, fold::FoldOptions& options) {
  AddChoice(
      command, "--fold-pass", options.pass,
      "What is folded. qat-conv-bn: the chain that quantization-aware training leaves, into "
      "the bias; conv-bn: a batch_norm behind a convolution or a linear, into weight and bias");
  AddWeightsOption(command, options);
  AddChoice(
      command, "--upstream", options.upstream,
      "With --fold-pass conv-bn and the policy upstream, whose pass is followed: torch.fx's "
      "fuse, XNNPACK's FuseBatchNormPass, or FuseBatchNormWithConvPass of backends/transforms");
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

void SayWhatConvBnFolds(const fold::FoldResult& folded,
                        const std::function<ir::Program()>& program) {
  if (folded.options.pass != fold::FoldPass::kQatConvBn) return;
  const bool left = std::ranges::any_of(folded.passes, [](const ir::PassReport& pass) {
    return std::ranges::any_of(pass.missed,
                               [](const ir::Miss& miss) { return miss.rule == "no-chain"; });
  });
  if (!left) return;
  fold::FoldOptions options;
  options.policy = folded.options.policy;
  options.pass = fold::FoldPass::kConvBn;
  const fold::FoldResult other = fold::Fold(program(), options);
  std::size_t count = 0;
  for (const ir::PassReport& pass : other.passes) count += pass.rewritten.size();
  if (count == 0) return;
  Say(fmt::format("  --fold-pass conv-bn folds {} batch_norm{} of them into weight and bias\n",
                  count, count == 1 ? "" : "s"));
}

}  // namespace foldproof::cli
