// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>

#include "cli/command_line.h"

namespace foldproof::cli {

// Runs `work`. Where it throws because a file cannot be used, `json`, where the report was to go,
// says so; the error goes on.
void TellingRefusal(const std::string& json, const CommandLine& line,
                    const std::function<void()>& work);

}  // namespace foldproof::cli
