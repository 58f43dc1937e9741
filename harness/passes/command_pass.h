// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "harness/passes/external_pass.h"

namespace foldproof::passes {

// A command that is run once for each program: {in} and {out} in it stand for the two files, quoted
// for the shell. Exit code 0: folded where the file out is there, else unchanged.
class CommandPass : public ExternalPass {
 public:
  using ExternalPass::ExternalPass;

 protected:
  PassAnswer Ask(const std::filesystem::path& in) override;

 private:
  bool has_run_ = false;  // to an end: the command is there
};

}  // namespace foldproof::passes
