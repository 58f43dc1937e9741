// SPDX-License-Identifier: BSD-3-Clause
#include "cli/proof_options.h"

#include <CLI/CLI.hpp>

#include "cli/choice_option.h"
#include "harness/prove/verdict/names.h"

namespace foldproof::cli {

void AddReachOption(CLI::App& command, prove::Reach& reach) {
  AddChoice(command, "--reach", reach, "Accumulators: those an input produces, or their interval");
}

void AddBatchNormOption(CLI::App& command, prove::BatchNormVariant& batch_norm) {
  AddChoice(command, "--batch-norm", batch_norm,
            "The kernel's arithmetic: fused multiply-add or not");
}

void AddThreadsOption(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads to prove on")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
}

}  // namespace foldproof::cli
