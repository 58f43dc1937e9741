// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::exec {

// The arrays of a .npz file, by name: the entry's, without ".npy".
using Arrays = std::map<std::string, Tensor>;

// Bytes that all arrays of a file may take together; what a small file can inflate to is bounded by
// this alone.
inline constexpr std::size_t kMostNpzBytes = std::size_t{1} << 30;

// Throws Error(kInput); its place names the file and the entry.
Arrays ReadNpz(const std::filesystem::path& path, std::size_t most_bytes = kMostNpzBytes);

// The same, of a file's bytes; its place names the entry alone.
Arrays ParseNpz(std::span<const std::byte> bytes, std::size_t most_bytes = kMostNpzBytes);

// The file's bytes: entries stored in the order of their names, dated 1980-01-01, so that equal
// arrays give equal files.
std::vector<std::byte> FormatNpz(const Arrays& arrays);

// Writes the file beside `path` and renames it, so that no reader sees a part. Throws
// Error(kOutput).
void WriteNpz(const std::filesystem::path& path, const Arrays& arrays);

}  // namespace foldproof::exec
