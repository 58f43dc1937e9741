// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/verify/cache/proof_folder.h"

namespace CLI {
class App;
}

namespace foldproof::cli {

struct CacheOptions {
  std::string folder;  // empty: nothing is kept
  std::uint64_t most_bytes = verify::kCacheBytes;
};

// --cache and --cache-size.
void AddCacheOptions(CLI::App& command, CacheOptions& options);
void AddCacheSizeOption(CLI::App& command, std::uint64_t& bytes);

// The memory that was asked for, which warns on standard error; null: none was. It outlives what is
// proved with it.
std::unique_ptr<verify::ProofFolder> OpenCache(const CacheOptions& options);

}  // namespace foldproof::cli
