// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "harness/passes/external_pass.h"

namespace foldproof::passes {

// The pass that is to be run, as --pass and the options beside it name it.
struct PassCommand {
  std::string command;  // empty: one of our own
  double timeout_seconds = 60;
  std::string name;            // what reports call it; empty: by its command
  double start_seconds = 120;  // that a worker may take for its handshake
};

// How large the programs may be: drawn ones are small, a user's may be a network.
enum class PassFiles { kSmall, kLarge };

// External passes of one command, with a temporary folder for their files that goes with it. It
// must outlive its passes.
class ExternalPasses {
 public:
  // Throws Error(kOutput) where no folder can be made.
  ExternalPasses(const PassCommand& command, PassFiles files, Seconds now, IsOver is_over = {},
                 IsOver hurries = {});
  ~ExternalPasses();
  ExternalPasses(const ExternalPasses&) = delete;
  ExternalPasses& operator=(const ExternalPasses&) = delete;

  // Throws Error(kUsage) where the command makes no sense.
  std::unique_ptr<ExternalPass> Open();
  // A pass that gives what the command wrote into `file`; the command is only its name.
  std::unique_ptr<ExternalPass> OpenRecorded(const std::filesystem::path& file);
  MakePass Maker();

 private:
  ExternalOptions options_;
  std::atomic<int> opened_ = 0;
};

}  // namespace foldproof::passes
