// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/upkeep.h"

#include <optional>
#include <system_error>
#include <utility>

#include "harness/prove/question/answer_bytes.h"
#include "harness/prove/question/pair_bytes.h"
#include "harness/verify/cache/cache_folder.h"
#include "harness/verify/cache/entry.h"
#include "harness/verify/cache/proof_folder.h"
#include "src/base/error.h"

namespace foldproof::verify {
namespace {

namespace fs = std::filesystem;

enum class FileKind { kOurs, kOthers, kLeft, kFresh, kDamaged, kGone };

class CacheReader {
 public:
  CacheReader(const fs::path& folder, const std::string& secret)
      : secret_(secret), prover_(ProverHash(secret)) {
    if (!fs::is_directory(folder))
      throw Error(Error::Code::kInput, folder.string(), "is no folder");
  }

  FileKind Add(const CachedFile& file) {
    state_.bytes += file.bytes;
    if (file.key.empty()) {
      const bool fresh = IsFresh(file, fs::file_time_type::clock::now());
      state_.left += !fresh;
      return fresh ? FileKind::kFresh : FileKind::kLeft;
    }
    std::string fault;
    const auto read = ReadWhole(file.path, fault);
    if (!read && fault.empty()) return FileKind::kGone;
    const bool ours = read && IsOurs(file, *read, fault);
    if (!fault.empty()) {
      state_.damaged.push_back({file.path, fault});
      return FileKind::kDamaged;
    }
    ++state_.entries;
    state_.others += !ours;
    return ours ? FileKind::kOurs : FileKind::kOthers;
  }

  CacheState Take() { return std::move(state_); }

 private:
  bool IsOurs(const CachedFile& file, const FileContent& read, std::string& fault) const {
    const EntryOrFault parsed = ParseEntry(read.bytes);
    fault = parsed.fault;
    if (fault.empty() && parsed.entry.key != file.key)
      fault = "it is the entry of another question";
    const bool ours = parsed.entry.prover == prover_;
    if (fault.empty() && ours) fault = FaultOfOurs(parsed, read);
    return ours;
  }

  std::string FaultOfOurs(const EntryOrFault& parsed, const FileContent& read) const {
    if (parsed.seal != SealOf(parsed.entry, secret_))
      return "it is not sealed with the cache's key";
    if (secret_.empty() && !read.not_own.empty()) return read.not_own;
    const std::string& answer = parsed.entry.answer;
    if (!prove::IsAnswer(answer) && !prove::ReadVerification(answer))
      return "what it holds is no answer";
    return "";
  }

  const std::string secret_;
  const std::string prover_;
  CacheState state_;
};

}  // namespace

CacheState CheckCache(const fs::path& folder, const std::string& secret) {
  CacheReader reader(folder, secret);
  for (const CachedFile& file : FilesOf(folder)) reader.Add(file);
  return reader.Take();
}

Pruned PruneCache(const fs::path& folder, std::uint64_t most, bool other_provers,
                  const std::string& secret) {
  CacheReader reader(folder, secret);
  Pruned out;
  std::vector<CachedFile> kept;
  for (CachedFile& file : FilesOf(folder)) {
    const FileKind kind = reader.Add(file);
    if (kind == FileKind::kGone) continue;
    const bool goes = kind == FileKind::kLeft || kind == FileKind::kDamaged ||
                      (kind == FileKind::kOthers && other_provers);
    std::error_code failed;
    if (goes && fs::remove(file.path, failed))
      ++out.removed;
    else if (kind != FileKind::kFresh)
      kept.push_back(std::move(file));
  }
  const Trimmed trimmed = TrimTo(std::move(kept), most);
  out.removed += trimmed.removed;
  out.left_bytes = trimmed.left_bytes;
  out.state = reader.Take();
  return out;
}

}  // namespace foldproof::verify
