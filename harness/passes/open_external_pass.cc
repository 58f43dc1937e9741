// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/open_external_pass.h"

#include "harness/passes/command_pass.h"
#include "harness/passes/worker_pass.h"
#include "src/base/error.h"

namespace foldproof::passes {

void CheckCommand(const std::string& command) {
  const bool in = command.find("{in}") != std::string::npos;
  const bool out = command.find("{out}") != std::string::npos;
  if (in != out) {
    throw Error(Error::Code::kUsage, "--pass",
                "a command has both {in} and {out}, or none of them");
  }
  if (command.find_first_not_of(" \t\n") == std::string::npos) {
    throw Error(Error::Code::kUsage, "--pass", "needs a command");
  }
}

std::unique_ptr<ExternalPass> OpenExternalPass(const ExternalOptions& options, int number) {
  CheckCommand(options.command);
  if (options.command.find("{in}") != std::string::npos) {
    return std::make_unique<CommandPass>(options, number);
  }
  return std::make_unique<WorkerPass>(options, number);
}

}  // namespace foldproof::passes
