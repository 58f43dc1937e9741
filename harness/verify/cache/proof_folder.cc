// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/proof_folder.h"

#include <system_error>
#include <utility>

#include "harness/prove/question/prover_identity.h"
#include "harness/verify/sha256.h"
#include "src/base/error.h"
#include "src/base/file.h"

namespace foldproof::verify {

namespace fs = std::filesystem;

std::string ProverHash(std::string_view secret) {
  const std::string identity = prove::ProverIdentity();
  return secret.empty() ? Sha256(identity) : HmacSha256(secret, identity);
}

ProofFolder::ProofFolder(fs::path folder, std::uint64_t most_bytes,
                         std::function<void(const std::string&)> warn, std::string secret)
    : folder_(std::move(folder)),
      most_bytes_(most_bytes),
      warn_(std::move(warn)),
      secret_(std::move(secret)),
      prover_(ProverHash(secret_)) {
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed)
    throw Error(Error::Code::kOutput, folder_.string(), "cannot be made: " + failed.message());
}

std::string ProofFolder::KeyOf(std::string_view question) const {
  return Sha256(prover_ + Sha256(question));
}

std::string ProofFolder::FaultOf(const FileContent& read, const std::string& key,
                                 Entry& entry) const {
  EntryOrFault parsed = ParseEntry(read.bytes);
  if (!parsed.fault.empty()) return parsed.fault;
  // What was moved here from another name answers another question.
  if (parsed.entry.key != key) return "it is the entry of another question";
  if (parsed.entry.prover != prover_) return "it is another prover's";
  if (parsed.seal != SealOf(parsed.entry, secret_)) return "it is not sealed with the cache's key";
  if (secret_.empty() && !read.not_own.empty()) return read.not_own;
  entry = std::move(parsed.entry);
  return "";
}

std::optional<std::string> ProofFolder::Find(const std::string& key) {
  const fs::path path = PathOf(folder_, key);
  if (!IsEntryFolder(path.parent_path())) return std::nullopt;
  std::string fault;
  const auto read = ReadAndTouch(path, fault);
  if (!read && fault.empty()) return std::nullopt;
  Entry entry;
  if (read) fault = FaultOf(*read, key, entry);
  if (fault.empty()) return std::move(entry.answer);
  DropFile(path, fault);
  return std::nullopt;
}

void ProofFolder::Drop(const std::string& key) {
  DropFile(PathOf(folder_, key), "what it holds is no answer to its question");
}

void ProofFolder::DropFile(const fs::path& path, const std::string& fault) {
  std::error_code failed;
  fs::remove(path, failed);
  const std::lock_guard lock(mutex_);
  warn_("the kept proof " + Printable(path.string(), 400) + " is no good (" + fault + "); it was " +
        (failed ? "left there, and" : "removed, and") + " its site is proved again");
}

void ProofFolder::Keep(const std::string& key, std::string_view answer) {
  const std::string bytes = EntryBytes({prover_, key, std::string(answer)}, secret_);
  if (bytes.size() > kMostEntryBytes) return;
  const fs::path path = PathOf(folder_, key);
  const fs::path beside = path.parent_path();
  std::error_code failed;
  fs::create_directories(beside, failed);
  try {
    if (failed)
      throw Error(Error::Code::kOutput, beside.string(), "cannot be made: " + failed.message());
    if (!IsEntryFolder(beside))
      throw Error(Error::Code::kOutput, beside.string(), "is a link, and no folder of the cache");
    WriteFile(path, bytes);
  } catch (const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(is_failing_, true)) {
      warn_(std::string("a proof cannot be kept, nor perhaps others, which are proved again next "
                        "time: ") +
            error.what());
    }
    return;
  }
  CountWritten(bytes.size());
}

// Others write, too, so this counts anew whenever the folder may be full.
void ProofFolder::CountWritten(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes_) *bytes_ += bytes;
  if (bytes_ && *bytes_ <= most_bytes_) return;
  std::vector<CachedFile> files = FilesOf(folder_);
  const auto now = fs::file_time_type::clock::now();
  std::erase_if(files, [&](const CachedFile& f) { return f.key.empty() && IsFresh(f, now); });
  std::uint64_t there = 0;
  for (const CachedFile& file : files) there += file.bytes;
  // An eighth more than what is too much, so that the next write does not count again.
  bytes_ = there <= most_bytes_
               ? there
               : TrimTo(std::move(files), most_bytes_ - most_bytes_ / 8).left_bytes;
}

}  // namespace foldproof::verify
