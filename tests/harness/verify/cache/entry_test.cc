// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/entry.h"

#include <gtest/gtest.h>

#include "harness/verify/sha256.h"

namespace foldproof::verify::entry_test {
namespace {

Entry Made(const std::string& answer = "an answer") {
  return {Sha256("prover"), Sha256("key"), answer};
}

TEST(Entry, IsReadAsItWasWritten) {
  for (const std::string& answer :
       {std::string(), std::string("a\nb\0c", 5), std::string(5000, 'x')}) {
    const EntryOrFault read = ParseEntry(EntryBytes(Made(answer)));
    EXPECT_EQ(read.fault, "");
    EXPECT_EQ(read.entry.prover, Made().prover);
    EXPECT_EQ(read.entry.key, Made().key);
    EXPECT_EQ(read.entry.answer, answer);
  }
}

// The seal by RFC 4231's second case: key "Jefe", 32 bytes that begin with 5bdcc146.
TEST(Entry, IsSealedByHmac) {
  EXPECT_EQ(HmacSha256("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const EntryOrFault read = ParseEntry(EntryBytes(Made(), "a secret"));
  EXPECT_EQ(read.fault, "");
  EXPECT_EQ(read.seal, SealOf(Made(), "a secret"));
  EXPECT_NE(read.seal, SealOf(Made(), "another secret"));
  EXPECT_NE(read.seal, SealOf(Made("another answer"), "a secret"));
  EXPECT_NE(read.seal, SealOf({Made().prover, Sha256("another"), Made().answer}, "a secret"));
}

TEST(Entry, CutAnywhereIsDamaged) {
  const std::string bytes = EntryBytes(Made());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(ParseEntry(std::string_view(bytes).substr(0, size)).fault, "") << size;
  EXPECT_NE(ParseEntry(bytes + "x").fault, "");
}

TEST(Entry, WithAnyBitTurnedIsDamaged) {
  const std::string bytes = EntryBytes(Made());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string turned = bytes;
      turned[at] = static_cast<char>(turned[at] ^ (1 << bit));
      EXPECT_NE(ParseEntry(turned).fault, "") << at;
    }
  }
}

}  // namespace
}  // namespace foldproof::verify::entry_test
