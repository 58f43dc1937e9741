// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/verify/cache/proof_folder.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace foldproof::cli {

struct CacheOptions {
  std::string folder;  // empty: nothing is kept
  std::uint64_t most_bytes = verify::kCacheBytes;
  std::string key;  // a file; empty: what is kept is not sealed
};

// Refuses the empty text, which a variable that is not set leaves.
CLI::Option* NamesAFolder(CLI::Option* option);

// --cache, --cache-size and --cache-key.
void AddCacheOptions(CLI::App& command, CacheOptions& options);
void AddCacheSizeOption(CLI::App& command, std::uint64_t& bytes);
CLI::Option* AddCacheKeyOption(CLI::App& command, std::string& file);

// What seals a cache's entries by the file of --cache-key: its text without the ends of lines
// behind it. Empty where no file is named. Throws Error(kUsage) where that is too short to be a
// secret.
std::string CacheSecret(const std::string& file);

// The memory that was asked for, which warns on standard error; null: none was. It outlives what is
// proved with it.
std::unique_ptr<verify::ProofFolder> OpenCache(const CacheOptions& options);

}  // namespace foldproof::cli
