// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/cache_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "harness/verify/cache/entry.h"

namespace foldproof::verify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyDigits = 64;

bool IsHex(const std::string& text) {
  return std::ranges::all_of(
      text, [](char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); });
}

// The file's key, empty for what was left beside an entry; nullopt: it is none of ours.
std::optional<std::string> KeyOfName(const std::string& name, const std::string& folder) {
  if (name.size() < kKeyDigits || !name.starts_with(folder)) return std::nullopt;
  std::string key = name.substr(0, kKeyDigits);
  if (!IsHex(key)) return std::nullopt;
  if (name.size() == kKeyDigits) return key;
  return name[kKeyDigits] == '.' ? std::optional(std::string()) : std::nullopt;
}

class OpenFile {
 public:
  // A name may stand for a pipe, which would wait for a writer, or for a link to somewhere else.
  explicit OpenFile(const fs::path& path)
      : file_(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (file_ >= 0) ::close(file_);
  }
  int file() const { return file_; }

 private:
  int file_;
};

std::string NotOwn(const struct stat& status) {
  if (status.st_uid != ::geteuid() && status.st_uid != 0) return "another user wrote it";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "other users may write it";
  return "";
}

std::optional<FileContent> Read(int file, std::string& fault) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    fault = "it is no regular file";
    return std::nullopt;
  }
  if (static_cast<std::uint64_t>(status.st_size) > kMostEntryBytes) {
    fault = "it is larger than any entry";
    return std::nullopt;
  }
  FileContent out{std::string(static_cast<std::size_t>(status.st_size), '\0'), NotOwn(status)};
  std::string& bytes = out.bytes;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t got = ::read(file, bytes.data() + at, bytes.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fault = std::string("it cannot be read: ") + std::strerror(errno);
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
  return out;
}

std::optional<FileContent> ReadFrom(const fs::path& path, bool touches, std::string& fault) {
  const OpenFile file(path);
  if (file.file() < 0) {
    if (errno != ENOENT) fault = std::string("it cannot be read: ") + std::strerror(errno);
    return std::nullopt;
  }
  // Whoever may only read the cache cannot say that it was used: nothing depends on it.
  if (touches) ::futimens(file.file(), nullptr);
  return Read(file.file(), fault);
}

}  // namespace

bool IsFresh(const CachedFile& file, fs::file_time_type now) {
  return file.used + std::chrono::hours(1) > now;
}

std::vector<CachedFile> FilesOf(const fs::path& folder) {
  std::vector<CachedFile> out;
  std::error_code gone;
  for (const auto& sub : fs::directory_iterator(folder, gone)) {
    const std::string name = sub.path().filename().string();
    if (name.size() != 2 || !IsHex(name) || !IsEntryFolder(sub.path())) continue;
    for (const auto& entry : fs::directory_iterator(sub.path(), gone)) {
      const auto key = KeyOfName(entry.path().filename().string(), name);
      if (!key || entry.is_directory(gone)) continue;
      CachedFile file{entry.path(), *key, 0, {}};
      const bool regular = entry.symlink_status(gone).type() == fs::file_type::regular;
      file.bytes = regular ? entry.file_size(gone) : 0;
      if (gone) continue;
      file.used = regular ? entry.last_write_time(gone) : fs::file_time_type::min();
      if (!gone) out.push_back(std::move(file));
    }
  }
  std::ranges::sort(out, {}, &CachedFile::path);
  return out;
}

bool IsEntryFolder(const fs::path& folder) {
  std::error_code gone;
  return fs::symlink_status(folder, gone).type() == fs::file_type::directory;
}

fs::path PathOf(const fs::path& folder, const std::string& key) {
  return folder / key.substr(0, 2) / key;
}

std::optional<FileContent> ReadAndTouch(const fs::path& path, std::string& fault) {
  return ReadFrom(path, true, fault);
}

std::optional<FileContent> ReadWhole(const fs::path& path, std::string& fault) {
  return ReadFrom(path, false, fault);
}

Trimmed TrimTo(std::vector<CachedFile> files, std::uint64_t most) {
  Trimmed out;
  for (const CachedFile& file : files) out.left_bytes += file.bytes;
  std::ranges::stable_sort(files, {}, &CachedFile::used);
  for (const CachedFile& file : files) {
    if (out.left_bytes <= most) break;
    std::error_code failed;
    if (!fs::remove(file.path, failed) && failed) continue;  // another process was faster, or may
    ++out.removed;
    out.left_bytes -= file.bytes;
  }
  return out;
}

}  // namespace foldproof::verify
