// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "src/fold/pipeline.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Adds --weights, which `fuzz` takes too.
void AddWeightsOption(CLI::App& command, fold::FoldOptions& options);

// Adds --fold-pass, --weights, --upstream, --pipeline, --until, --patterns, --no-default-zero-bias
// and --symmetric, which `fold` and `verify --fold` take.
void AddFoldOptions(CLI::App& command, fold::FoldOptions& options);

// Where the chain's pass left a batch_norm that --fold-pass conv-bn folds, says so. The batch_norm
// is looked for in the program before the fold, or in its result.
void SayWhatConvBnFolds(const fold::FoldResult& folded,
                        const std::function<ir::Program()>& program);

}  // namespace foldproof::cli
