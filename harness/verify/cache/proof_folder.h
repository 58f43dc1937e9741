// SPDX-License-Identifier: BSD-3-Clause
//
// A memory of proofs in a folder, which any number of processes share (docs/cache.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "harness/prove/question/proof_memory.h"
#include "harness/verify/cache/cache_folder.h"
#include "harness/verify/cache/entry.h"

namespace foldproof::verify {

// What a cache holds at most where nobody says otherwise.
inline constexpr std::uint64_t kCacheBytes = std::uint64_t{1} << 30;

// A hash of what tells this prover from any other, in hex; with a secret, of those who have it.
std::string ProverHash(std::string_view secret = {});

class ProofFolder final : public prove::ProofMemory {
 public:
  // `warn` is told what is wrong with a file, by one thread at a time. `secret` seals what is kept;
  // empty: what another user may have written is not believed. Throws Error(kOutput) where the
  // folder cannot be made.
  ProofFolder(std::filesystem::path folder, std::uint64_t most_bytes,
              std::function<void(const std::string&)> warn, std::string secret = {});

  std::string KeyOf(std::string_view question) const override;
  std::optional<std::string> Find(const std::string& key) override;
  void Keep(const std::string& key, std::string_view answer) override;
  void Drop(const std::string& key) override;

 private:
  // Why what was read is no answer under `key`; empty: it is one, in `entry`.
  std::string FaultOf(const FileContent& read, const std::string& key, Entry& entry) const;
  void DropFile(const std::filesystem::path& path, const std::string& fault);
  void CountWritten(std::uint64_t bytes);

  const std::filesystem::path folder_;
  const std::uint64_t most_bytes_;
  const std::function<void(const std::string&)> warn_;
  const std::string secret_;
  const std::string prover_;
  std::mutex mutex_;                    // of what follows, and of warn_
  std::optional<std::uint64_t> bytes_;  // about what the folder holds; nullopt: not counted yet
  bool is_failing_ = false;             // it was told that nothing can be written
};

}  // namespace foldproof::verify
