// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string_view>

namespace foldproof {

// Writes `content` to `path`: beside it first, without a name where the file system can, then
// renamed, so that nobody sees half a file, and one that is killed leaves none. What is no regular
// file (a pipe, /dev/stdout) is written to directly. Throws Error(kOutput) that names the path;
// nothing is left behind then.
void WriteFile(const std::filesystem::path& path, std::string_view content);

}  // namespace foldproof
