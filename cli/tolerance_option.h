// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/verify/options.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

// Adds --tolerance derived, --tolerance LSB, or --tolerance FILE.json.
void AddToleranceOption(CLI::App& command, verify::Tolerance& tolerance);

// Adds --ideal-gap LSB, or --ideal-gap off.
void AddIdealGapOption(CLI::App& command, std::optional<double>& lsb);

}  // namespace foldproof::cli
