// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "src/base/error.h"

namespace foldproof {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const std::string& beside) {
  const std::string why = std::strerror(errno);
  if (!beside.empty()) ::unlink(beside.c_str());
  throw Error(Error::Code::kOutput, path.string(), "cannot be written: " + why);
}

}  // namespace

void WriteFile(const std::filesystem::path& path, std::string_view content) {
  std::string beside = path.string() + ".XXXXXX";
  const int file = ::mkostemp(beside.data(), O_CLOEXEC);
  if (file < 0) Fail(path, "");
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t wrote = ::write(file, content.data() + at, content.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      ::close(file);
      Fail(path, beside);
    }
    at += static_cast<std::size_t>(wrote);
  }
  const bool synced = ::fchmod(file, 0644) == 0;
  if (::close(file) != 0 || !synced) Fail(path, beside);
  if (::rename(beside.c_str(), path.c_str()) != 0) Fail(path, beside);
}

}  // namespace foldproof
