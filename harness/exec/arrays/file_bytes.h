// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace foldproof::exec {

// A whole file. Throws Error(kInput) with an empty place where it cannot be read or is larger.
std::vector<std::byte> ReadFileBytes(const std::filesystem::path& path, std::size_t most_bytes);

}  // namespace foldproof::exec
