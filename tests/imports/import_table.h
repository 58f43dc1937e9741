// SPDX-License-Identifier: BSD-3-Clause
//
// What may include what, and how a source file has to look (docs/architecture.md, "What includes
// what"). Works on the text of a file alone, so that its own tests can make files up.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::imports {

// What is wrong with the #include lines of the file `path` (from the repository's root, with "/"),
// one line a fault.
std::vector<std::string> IncludeFaults(std::string_view path, std::string_view text);

// The cycles of includes over units, a header and the source of its name being one unit, each as
// "a/b -> a/c -> a/b". `files` are texts by their paths from the repository's root.
std::vector<std::string> IncludeCycles(const std::map<std::string, std::string>& files);

// What is wrong with its name, first line, length and width.
std::vector<std::string> FormFaults(std::string_view path, std::string_view text);

}  // namespace foldproof::imports
