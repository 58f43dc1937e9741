// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/prove/verdict/prove_options.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Each adds the option of that name, which several commands take.
void AddReachOption(CLI::App& command, prove::Reach& reach);
void AddBatchNormOption(CLI::App& command, prove::BatchNormVariant& batch_norm);
void AddInputRangeOption(CLI::App& command, prove::FloatBox& box);
void AddThreadsOption(CLI::App& command, int& threads);

// "LO:HI" as a box; nullopt where it is none.
std::optional<prove::FloatBox> ParseFloatBox(const std::string& text);

}  // namespace foldproof::cli
