// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

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

 private:
  int number_;
};

[[noreturn]] void Fail(const char* what) {
  throw Error(Error::Code::kInput, "", std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

// Memory is cleared before it is read into, so there is little more of it than the file is said to
// have: one byte, by which its end is met. What has no size, such as a pipe, or has become larger,
// is read in pieces.
std::vector<std::byte> ReadFileBytes(const fs::path& path, std::size_t most_bytes) {
  constexpr std::size_t kLeastPiece = 1 << 16, kMostPiece = 1 << 20;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) Fail("cannot be opened");
  std::vector<std::byte> out;
  struct stat told {};
  if (::fstat(file.number(), &told) == 0 && told.st_size > 0)
    out.reserve(std::min(static_cast<std::size_t>(told.st_size), most_bytes) + 1);
  while (true) {
    const std::size_t filled = out.size();
    const std::size_t room = out.capacity() - filled;
    const std::size_t piece = room > 0 ? std::min(room, kMostPiece) : kLeastPiece;
    out.resize(filled + piece);
    const ssize_t got = ::read(file.number(), out.data() + filled, piece);
    if (got < 0 && errno != EINTR) Fail("cannot be read");
    out.resize(filled + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return out;
    if (out.size() > most_bytes) {
      throw Error(Error::Code::kInput, "", fmt::format("has more than {} bytes", most_bytes));
    }
  }
}

}  // namespace foldproof::exec
