// SPDX-License-Identifier: BSD-3-Clause
//
// What may include what, and how a source file has to look (docs/architecture.md, "What includes
// what"). Works on the text of a file alone, so that its own tests can make files up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace foldproof::imports {

// What is wrong with the #include lines of the file `path` (from the repository's root, with "/"),
// one line a fault.
std::vector<std::string> IncludeFaults(std::string_view path, std::string_view text);

// What is wrong with its name, first line, length and width.
std::vector<std::string> FormFaults(std::string_view path, std::string_view text);

}  // namespace foldproof::imports
