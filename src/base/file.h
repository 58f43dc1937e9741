// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace foldproof {

// Writes `content` to `path`: beside it first, without a name where the file system can, then
// renamed, so that nobody sees half a file, and one that is killed leaves none. What is no regular
// file (a pipe, /dev/stdout) is written to directly. Throws Error(kOutput) that names the path;
// nothing is left behind then.
void WriteFile(const std::filesystem::path& path, std::string_view content);

// Writes a piece. false: that failed, and nothing more is to be written.
using WritePiece = std::function<bool(std::string_view)>;
// Writes all pieces of a content, whenever it is called; false where one was not written.
using Pieces = std::function<bool(const WritePiece&)>;

// The same of a content that is never in memory as a whole.
void WriteFile(const std::filesystem::path& path, const Pieces& pieces);

}  // namespace foldproof
