// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace foldproof {

// `text` between quotes that a POSIX shell takes off again: 'text', every ' in it as '\''.
std::string ShellQuoted(std::string_view text);

// A command line that can be given to a shell: words that mean more than themselves there are
// quoted.
std::string ShellLine(const std::vector<std::string>& words);

}  // namespace foldproof
