// SPDX-License-Identifier: BSD-3-Clause
#include "cli/cache_option.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace foldproof::cli {

void AddCacheSizeOption(CLI::App& command, std::uint64_t& bytes) {
  command
      .add_option("--cache-size", bytes,
                  "What the cache may hold, in bytes or with K, M or G: what was used longest ago "
                  "is dropped")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("1G");
}

void AddCacheOptions(CLI::App& command, CacheOptions& options) {
  command.add_option("--cache", options.folder,
                     "Keep the proofs of sites in this folder, and prove none again that is there");
  AddCacheSizeOption(command, options.most_bytes);
}

std::unique_ptr<verify::ProofFolder> OpenCache(const CacheOptions& options) {
  if (options.folder.empty()) return nullptr;
  return std::make_unique<verify::ProofFolder>(
      options.folder, options.most_bytes, [](const std::string& warning) {
        std::fprintf(stderr, "foldproof: warning: %s\n", warning.c_str());
      });
}

}  // namespace foldproof::cli
