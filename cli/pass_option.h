// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/stopwatch.h"
#include "harness/passes/external_pass.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// --pass COMMAND and --pass-timeout SECONDS.
struct PassArguments {
  std::string command;  // empty: one of our own
  double timeout_seconds = 60;
};

void AddPassOptions(CLI::App& command, PassArguments& arguments);

// How large the programs may be: drawn ones are small, a user's may be a network.
enum class PassFiles { kSmall, kLarge };

// External passes of one command, with a temporary folder for their files that goes with it. To
// outlive its passes.
class ExternalPasses {
 public:
  // Throws Error(kOutput) without a folder.
  ExternalPasses(const PassArguments& arguments, PassFiles files);
  ~ExternalPasses();
  ExternalPasses(const ExternalPasses&) = delete;
  ExternalPasses& operator=(const ExternalPasses&) = delete;

  // Throws Error(kUsage) where the command makes no sense.
  std::unique_ptr<passes::ExternalPass> Open();
  // What such a pass wrote into `file`, again; the command is only its name.
  std::unique_ptr<passes::ExternalPass> OpenRecorded(const std::filesystem::path& file);
  passes::MakePass Maker();

 private:
  Stopwatch stopwatch_;
  passes::ExternalOptions options_;
  std::atomic<int> opened_ = 0;
};

}  // namespace foldproof::cli
