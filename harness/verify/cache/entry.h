// SPDX-License-Identifier: BSD-3-Clause
//
// One proof as it lies in a file of a cache (docs/cache.md, "An entry").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace foldproof::verify {

inline constexpr std::size_t kMostEntryBytes = std::size_t{256} << 20;

struct Entry {
  std::string prover;  // sha256 of ProverIdentity, in hex
  std::string key;     // sha256 of the prover and the question, in hex
  std::string answer;
};

// `secret` seals it: without the secret nobody makes the seal. Empty: the seal says nothing, and
// the file's owner has to be trusted.
std::string EntryBytes(const Entry& entry, std::string_view secret = {});

// The seal that an entry has in a cache with this secret.
std::string SealOf(const Entry& entry, std::string_view secret);

// Either the entry or what is wrong with it ("its checksum does not fit").
struct EntryOrFault {
  Entry entry;
  std::string seal{};   // which whoever believes the entry compares with SealOf
  std::string fault{};  // empty: nothing is
};
EntryOrFault ParseEntry(std::string_view bytes);

}  // namespace foldproof::verify
