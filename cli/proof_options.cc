// SPDX-License-Identifier: BSD-3-Clause
#include "cli/proof_options.h"

#include <CLI/CLI.hpp>

#include "cli/choice_option.h"
#include "cli/finite_number.h"
#include "harness/prove/verdict/names.h"
#include "src/base/error.h"

namespace foldproof::cli {

void AddReachOption(CLI::App& command, prove::Reach& reach) {
  AddChoice(command, "--reach", reach, "Accumulators: those an input produces, or their interval");
}

void AddBatchNormOption(CLI::App& command, prove::BatchNormVariant& batch_norm) {
  AddChoice(command, "--batch-norm", batch_norm,
            "The kernel's arithmetic: fused multiply-add or not");
}

std::optional<prove::FloatBox> ParseFloatBox(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto low = FiniteNumber(text.substr(0, colon));
  const auto high = FiniteNumber(text.substr(colon + 1));
  if (!low || !high || !(*low <= *high)) return std::nullopt;
  return prove::FloatBox{*low, *high};
}

void AddInputRangeOption(CLI::App& command, prove::FloatBox& box) {
  command
      .add_option_function<std::string>(
          "--input-range",
          [&box](const std::string& text) {
            const auto parsed = ParseFloatBox(text);
            if (!parsed) {
              throw Error(Error::Code::kUsage, "--input-range",
                          "'" + text + "' is no range; give LO:HI, two finite numbers");
            }
            box = *parsed;
          },
          "LO:HI, what every float is taken to lie in that a conv or a linear reads, where nothing "
          "that makes it says more")
      ->default_str("-1:1");
}

void AddThreadsOption(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads to prove on")
      ->check(WholeNumber(1, 1024))
      ->capture_default_str();
}

}  // namespace foldproof::cli
