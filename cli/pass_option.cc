// SPDX-License-Identifier: BSD-3-Clause
#include "cli/pass_option.h"

#include <CLI/CLI.hpp>

#include "cli/finite_number.h"

namespace foldproof::cli {

void AddPassStartOption(CLI::App& command, double& seconds) {
  command
      .add_option("--pass-start-timeout", seconds,
                  "Seconds that a worker may take to start, before its first program")
      ->check(NotAboveZero)
      ->capture_default_str();
}

void AddPassOptions(CLI::App& command, passes::PassCommand& pass) {
  command.add_option("--pass", pass.command,
                     "The pass under test: a shell command that is a worker, or that has {in} and "
                     "{out} and folds one file (docs/worker.md)");
  command
      .add_option("--pass-timeout", pass.timeout_seconds,
                  "Seconds that --pass may take for one program")
      ->check(NotAboveZero)
      ->capture_default_str();
  AddPassStartOption(command, pass.start_seconds);
  command.add_option("--pass-name", pass.name, "What reports call --pass, instead of its command");
}

}  // namespace foldproof::cli
