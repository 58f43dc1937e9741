// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>

#include "harness/passes/external_pass.h"

namespace foldproof::passes {

// Throws Error(kUsage) where `command` has one of {in} and {out}, or is blank.
void CheckCommand(const std::string& command);

// The one-shot form where the command has {in} and {out}, else a worker.
std::unique_ptr<ExternalPass> OpenExternalPass(const ExternalOptions& options, int number);

}  // namespace foldproof::passes
