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

std::string EntryBytes(const Entry& entry);

// Either the entry or what is wrong with it ("its checksum does not fit").
struct EntryOrFault {
  Entry entry;
  std::string fault;  // empty: nothing is
};
EntryOrFault ParseEntry(std::string_view bytes);

}  // namespace foldproof::verify
