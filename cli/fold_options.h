// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/fold/pipeline.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// The options of a fold, as `fold` and `verify --fold` take them.
struct FoldArguments {
  std::string policy = "repair";
  std::string pipeline = "post-export";
  std::string until = "fold";
  std::string patterns = "fused-conv-relu";
  bool no_zero_bias = false;
  bool symmetric = false;

  fold::FoldOptions Options() const;
};

// Adds --pipeline, --until, --patterns, --no-default-zero-bias and --symmetric.
void AddFoldOptions(CLI::App& command, FoldArguments& arguments);

}  // namespace foldproof::cli
