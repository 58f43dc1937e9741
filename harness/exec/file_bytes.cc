// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "src/base/error.h"

namespace foldproof::exec {
namespace {

namespace fs = std::filesystem;

// An open file; closed with it.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool Close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

[[noreturn]] void Fail(Error::Code code, const char* what) {
  throw Error(code, "", std::string(what) + ": " + std::strerror(errno));
}

void WriteAll(int number, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(number, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) Fail(Error::Code::kOutput, "cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
}

// A new file beside `path`, with the permissions that a plain open would give.
std::pair<std::string, int> OpenBeside(const fs::path& path) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = fmt::format("{}.{}-{}.partial", path.string(), ::getpid(), attempt);
    const int number = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (number >= 0) return {std::move(name), number};
    if (errno != EEXIST) break;
  }
  Fail(Error::Code::kOutput, "cannot be written");
}

}  // namespace

std::vector<std::byte> ReadFileBytes(const fs::path& path, std::size_t most_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) Fail(Error::Code::kInput, "cannot be opened");
  std::vector<std::byte> out;
  constexpr std::size_t kPiece = 1 << 20;
  while (true) {
    const std::size_t filled = out.size();
    out.resize(filled + kPiece);
    const ssize_t got = ::read(file.number(), out.data() + filled, kPiece);
    if (got < 0 && errno != EINTR) Fail(Error::Code::kInput, "cannot be read");
    out.resize(filled + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return out;
    if (out.size() > most_bytes) {
      throw Error(Error::Code::kInput, "", fmt::format("has more than {} bytes", most_bytes));
    }
  }
}

void WriteFileBytes(const fs::path& path, std::span<const std::byte> bytes) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.number() < 0) Fail(Error::Code::kOutput, "cannot be written");
    WriteAll(file.number(), bytes);
    if (!file.Close()) Fail(Error::Code::kOutput, "cannot be written");
    return;
  }
  // Through a symbolic link, so that the link stays and its target is replaced.
  const fs::path target = fs::exists(status) ? fs::canonical(path) : path;
  auto [beside, number] = OpenBeside(target);
  try {
    Descriptor file(number);
    WriteAll(file.number(), bytes);
    if (!file.Close()) Fail(Error::Code::kOutput, "cannot be written");
    if (::rename(beside.c_str(), target.c_str()) != 0) {
      Fail(Error::Code::kOutput, "cannot be renamed to");
    }
  } catch (const Error&) {
    ::unlink(beside.c_str());
    throw;
  }
}

}  // namespace foldproof::exec
