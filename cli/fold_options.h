// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "src/fold/pipeline.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Adds --pipeline, --until, --patterns, --no-default-zero-bias and --symmetric, which `fold`,
// `verify --fold` and `fuzz` take.
void AddFoldOptions(CLI::App& command, fold::FoldOptions& options);

}  // namespace foldproof::cli
