// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

namespace foldproof::cli {

// What CLI11 writes of a command's options, broken at words where a line is wider than `columns`.
// What an option says goes on below where it began, and so does a list of what an option takes.
std::string HelpText(const std::string& text, std::size_t columns);

}  // namespace foldproof::cli
