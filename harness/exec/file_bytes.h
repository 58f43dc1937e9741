// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

namespace foldproof::exec {

// A whole file. Throws Error(kInput) with an empty place where it cannot be read or is larger.
std::vector<std::byte> ReadFileBytes(const std::filesystem::path& path, std::size_t most_bytes);

// Writes beside `path`, then renames: a reader sees the old file or the new one. What is no regular
// file (a pipe, /dev/stdout) is written to directly. Throws Error(kOutput) with an empty place and
// leaves nothing behind.
void WriteFileBytes(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace foldproof::exec
