// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/source.h"

#include <utility>

#include "harness/exec/arrays/file_bytes.h"
#include "harness/verify/sha256.h"
#include "src/base/within.h"
#include "src/pt2/module_paths.h"
#include "src/pt2/reader.h"

namespace foldproof::verify {
namespace {

// What the entries of an archive may inflate to, and their directory.
constexpr std::size_t kMostArchiveBytes = (std::size_t{8} << 30) + (std::size_t{1} << 28);

SourceFile ReadArchiveFile(const std::string& path) {
  Within(path, [&] { pt2::CheckIsFile(path); });
  return ReadFile(path, kMostArchiveBytes);
}

}  // namespace

std::string_view SourceFile::text() const {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

SourceFile ReadFile(const std::string& path, std::size_t most_bytes) {
  SourceFile out;
  out.bytes = Within(path, [&] { return exec::ReadFileBytes(path, most_bytes); });
  out.identity = {path, Sha256(out.text())};
  return out;
}

SourceProgram ReadProgram(const std::string& path) {
  const SourceFile file = ReadArchiveFile(path);
  return Within(path, [&] {
    pt2::NamedProgram named = pt2::ParseNamedProgram(file.text());
    SourceProgram out{std::move(named.program), file.identity, std::move(named.modules)};
    pt2::AddModulesOfWeights(out.program, out.modules);
    return out;
  });
}

SourceArchive ReadArchive(const std::string& path) {
  return ParseArchive(ReadArchiveFile(path).text(), path);
}

SourceArchive ParseArchive(std::string_view bytes, const std::string& name) {
  pt2::Archive archive = Within(name, [&] { return pt2::ParseArchive(bytes); });
  return {{std::move(archive.program), FileIdentity{name, Sha256(bytes)}},
          std::move(archive.remainder)};
}

}  // namespace foldproof::verify
