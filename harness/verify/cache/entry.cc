// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/entry.h"

#include <algorithm>

#include "harness/verify/sha256.h"

namespace foldproof::verify {
namespace {

// "foldproof proof 1", the prover, the key, the answer's length, the seal and the checksum of all
// else, a line each; then the answer. The checksum finds damage, whoever looks for it.
constexpr std::string_view kFirst = "foldproof proof 1";
constexpr std::size_t kHash = 64;    // hex digits of a sha256
constexpr std::size_t kLength = 16;  // hex digits of a length
constexpr std::size_t kHeader = kFirst.size() + 1 + 4 * (kHash + 1) + kLength + 1;

std::string LengthOf(std::string_view answer) {
  std::string out(kLength, '0');
  std::size_t rest = answer.size();
  for (std::size_t i = kLength; i-- > 0; rest >>= 4) out[i] = "0123456789abcdef"[rest & 15];
  return out;
}

// All that an entry says, in few bytes of one length.
std::string Digested(const Entry& entry) {
  return entry.prover + entry.key + LengthOf(entry.answer) + Sha256(entry.answer);
}

// Takes a line of `size` characters off the front; empty where there is none.
std::string_view TakeLine(std::string_view& bytes, std::size_t size) {
  if (bytes.size() <= size || bytes[size] != '\n') return {};
  const std::string_view line = bytes.substr(0, size);
  bytes.remove_prefix(size + 1);
  return line;
}

}  // namespace

std::string SealOf(const Entry& entry, std::string_view secret) {
  return HmacSha256(secret, Digested(entry));
}

std::string EntryBytes(const Entry& entry, std::string_view secret) {
  std::string out(kFirst);
  out.reserve(kHeader + entry.answer.size());
  const std::string seal = SealOf(entry, secret);
  for (const std::string& line :
       {entry.prover, entry.key, LengthOf(entry.answer), seal, Sha256(Digested(entry) + seal)}) {
    out += "\n" + line;
  }
  return out + "\n" + entry.answer;
}

EntryOrFault ParseEntry(std::string_view bytes) {
  const auto faulty = [](const char* fault) { return EntryOrFault{{}, {}, fault}; };
  if (bytes.size() < kHeader) return faulty("it ends within its header");
  if (TakeLine(bytes, kFirst.size()) != kFirst) return faulty("it is no entry of this version");
  EntryOrFault out;
  out.entry.prover = TakeLine(bytes, kHash);
  out.entry.key = TakeLine(bytes, kHash);
  const std::string length(TakeLine(bytes, kLength));
  out.seal = TakeLine(bytes, kHash);
  const std::string checksum(TakeLine(bytes, kHash));
  if (length != LengthOf(bytes)) return faulty("it has another length than it says");
  out.entry.answer = bytes;
  if (checksum != Sha256(Digested(out.entry) + out.seal))
    return faulty("its checksum does not fit");
  return out;
}

}  // namespace foldproof::verify
