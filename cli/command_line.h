// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

namespace foldproof::cli {

// What was typed, for a report to say how to repeat it: "foldproof" and the arguments as given.
using CommandLine = std::vector<std::string>;

}  // namespace foldproof::cli
