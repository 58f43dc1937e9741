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

bool WriteOne(int file, std::string_view content) {
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t wrote = ::write(file, content.data() + at, content.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    at += static_cast<std::size_t>(wrote);
  }
  return true;
}

// errno is that of the first failure.
bool WriteAll(int file, const Pieces& pieces) {
  int why = 0;
  const bool wrote = pieces([&](std::string_view piece) {
    if (WriteOne(file, piece)) return true;
    why = errno;
    return false;
  });
  if (!wrote) errno = why;
  return wrote;
}

// Writes and closes; errno is that of the first failure.
bool WriteAndClose(int file, const Pieces& pieces, bool readable_by_all) {
  const bool wrote = WriteAll(file, pieces) && (!readable_by_all || ::fchmod(file, 0644) == 0);
  const int why = errno;
  const bool closed = ::close(file) == 0;
  if (!wrote) errno = why;
  return wrote && closed;
}

// A file in `folder` that has no name yet, so that nothing of it is left where this process is
// killed; -1 where the file system has no such.
int OpenNameless(const fs::path& folder) {
  return ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

// Gives an open file without a name that name; errno EEXIST where there is one.
bool Link(int file, const std::string& name) {
  const std::string self = "/proc/self/fd/" + std::to_string(file);
  return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// The same, in the place of what has the name: a name beside it first, then renamed.
bool LinkOver(int file, const std::string& name) {
  if (Link(file, name)) return true;
  for (int attempt = 0; errno == EEXIST && attempt < 100; ++attempt) {
    const std::string beside =
        name + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".partial";
    if (!Link(file, beside)) continue;
    if (::rename(beside.c_str(), name.c_str()) == 0) return true;
    const int why = errno;
    ::unlink(beside.c_str());
    errno = why;
    return false;
  }
  return false;
}

// Writes `target` whole, nameless first. False where that cannot be done here; nothing is left.
bool WriteNameless(const fs::path& target, const Pieces& pieces) {
  const int file = OpenNameless(target.parent_path());
  if (file < 0) return false;
  const bool written =
      WriteAll(file, pieces) && ::fchmod(file, 0644) == 0 && LinkOver(file, target.string());
  const int why = errno;
  ::close(file);  // which local file systems, the only ones with nameless files, have no fault for
  errno = why;
  return written;
}

}  // namespace

void WriteFile(const fs::path& path, std::string_view content) {
  WriteFile(path, [&](const WritePiece& write) { return write(content); });
}

void WriteFile(const fs::path& path, const Pieces& pieces) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  // A rename would replace the device or the pipe itself, not write to it.
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0 || !WriteAndClose(file, pieces, false)) Fail(path, "");
    return;
  }
  // Through a symbolic link, so that the link stays and its target is replaced.
  const fs::path target = fs::exists(status) ? fs::canonical(path, ignored) : path;
  if (WriteNameless(target, pieces)) return;
  std::string beside = target.string() + ".XXXXXX";
  const int file = ::mkostemp(beside.data(), O_CLOEXEC);
  if (file < 0) Fail(path, "");
  try {
    if (!WriteAndClose(file, pieces, true)) Fail(path, beside);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
  if (::rename(beside.c_str(), target.c_str()) != 0) Fail(path, beside);
}

}  // namespace foldproof
