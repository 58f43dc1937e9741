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

namespace fs = std::filesystem;

// Removes `beside`, where there is one, and tells what went wrong last.
[[noreturn]] void Fail(const fs::path& path, const std::string& beside) {
  const std::string why = std::strerror(errno);
  if (!beside.empty()) ::unlink(beside.c_str());
  throw Error(Error::Code::kOutput, path.string(), "cannot be written: " + why);
}

bool WriteAll(int file, std::string_view content) {
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t wrote = ::write(file, content.data() + at, content.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    at += static_cast<std::size_t>(wrote);
  }
  return true;
}

// Writes and closes; errno is that of the first failure.
bool WriteAndClose(int file, std::string_view content, bool readable_by_all) {
  const bool wrote = WriteAll(file, content) && (!readable_by_all || ::fchmod(file, 0644) == 0);
  const int why = errno;
  const bool closed = ::close(file) == 0;
  if (!wrote) errno = why;
  return wrote && closed;
}

}  // namespace

void WriteFile(const fs::path& path, std::string_view content) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  // A rename would replace the device or the pipe itself, not write to it.
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0 || !WriteAndClose(file, content, false)) Fail(path, "");
    return;
  }
  // Through a symbolic link, so that the link stays and its target is replaced.
  const fs::path target = fs::exists(status) ? fs::canonical(path, ignored) : path;
  std::string beside = target.string() + ".XXXXXX";
  const int file = ::mkostemp(beside.data(), O_CLOEXEC);
  if (file < 0) Fail(path, "");
  if (!WriteAndClose(file, content, true)) Fail(path, beside);
  if (::rename(beside.c_str(), target.c_str()) != 0) Fail(path, beside);
}

}  // namespace foldproof
