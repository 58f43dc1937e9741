// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <utility>

#include "harness/passes/external_pass.h"

namespace foldproof::passes {

// What a pass once wrote, as its answer to the same program: to judge it again without the pass.
class RecordedPass : public ExternalPass {
 public:
  // `file` is what it wrote. The options' command is only a name here.
  RecordedPass(ExternalOptions options, int number, std::filesystem::path file)
      : ExternalPass(std::move(options), number), file_(std::move(file)) {}

 protected:
  PassAnswer Ask(const std::filesystem::path& in) override;

 private:
  std::filesystem::path file_;
};

}  // namespace foldproof::passes
