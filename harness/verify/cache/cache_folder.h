// SPDX-License-Identifier: BSD-3-Clause
//
// The files of a cache: DIR/xx/KEY, where xx are the first two digits of KEY. Nothing else in DIR
// is ever read, written or removed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace foldproof::verify {

struct CachedFile {
  std::filesystem::path path;
  std::string key;  // empty: what a writer that was killed left beside an entry
  std::uint64_t bytes = 0;
  std::filesystem::file_time_type used;
};

// Whether a writer that still lives may be about to rename it: it is less than an hour old.
bool IsFresh(const CachedFile& file, std::filesystem::file_time_type now);

// All of them, in the order of their names. What vanishes meanwhile is left out.
std::vector<CachedFile> FilesOf(const std::filesystem::path& folder);

// Whether entries can lie in `folder`, which is one of DIR/xx: it is there and no link to another.
bool IsEntryFolder(const std::filesystem::path& folder);

std::filesystem::path PathOf(const std::filesystem::path& folder, const std::string& key);

struct FileContent {
  std::string bytes;
  // Who else than this user and root may have written them; empty: nobody.
  std::string not_own;
};
// What is in a file, whose time of use becomes now; nullopt where there is none, or `fault` says
// why it cannot be read. Never waits, whatever the name stands for.
std::optional<FileContent> ReadAndTouch(const std::filesystem::path& path, std::string& fault);
// The same and its time stays.
std::optional<FileContent> ReadWhole(const std::filesystem::path& path, std::string& fault);

// Removes those used longest ago until the others have `most` bytes at most.
struct Trimmed {
  std::size_t removed = 0;
  std::uint64_t left_bytes = 0;
};
Trimmed TrimTo(std::vector<CachedFile> files, std::uint64_t most);

}  // namespace foldproof::verify
