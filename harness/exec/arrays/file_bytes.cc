// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/file_bytes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

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

std::vector<std::byte> ReadFileBytes(const fs::path& path, std::size_t most_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) Fail("cannot be opened");
  std::vector<std::byte> out;
  constexpr std::size_t kPiece = 1 << 20;
  while (true) {
    const std::size_t filled = out.size();
    out.resize(filled + kPiece);
    const ssize_t got = ::read(file.number(), out.data() + filled, kPiece);
    if (got < 0 && errno != EINTR) Fail("cannot be read");
    out.resize(filled + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return out;
    if (out.size() > most_bytes) {
      throw Error(Error::Code::kInput, "", fmt::format("has more than {} bytes", most_bytes));
    }
  }
}

}  // namespace foldproof::exec
