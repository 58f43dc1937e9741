// SPDX-License-Identifier: BSD-3-Clause
//
// What there is to say of a cache's files, and to do about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace foldproof::verify {

struct DamagedEntry {
  std::filesystem::path path;
  std::string fault;
};

struct CacheState {
  std::size_t entries = 0;  // whole ones
  std::size_t others = 0;   // of them other provers', which this one never reads
  std::size_t left = 0;     // files that a writer left which was killed an hour ago or earlier
  std::uint64_t bytes = 0;  // of all files
  std::vector<DamagedEntry> damaged;
};

// Reads every entry; `secret` as of a ProofFolder. Throws Error(kInput) where there is no such
// folder.
CacheState CheckCache(const std::filesystem::path& folder, const std::string& secret = {});

// Removes damaged entries and what writers left, with `other_provers` their entries, then what was
// used longest ago, until `most` bytes are left at most.
struct Pruned {
  CacheState state;         // before
  std::size_t removed = 0;  // files
  std::uint64_t left_bytes = 0;
};
Pruned PruneCache(const std::filesystem::path& folder, std::uint64_t most, bool other_provers,
                  const std::string& secret = {});

}  // namespace foldproof::verify
