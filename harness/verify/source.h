// SPDX-License-Identifier: BSD-3-Clause
//
// Files as they were read: the bytes that are judged are the bytes whose hash a report names.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/ir/program.h"
#include "src/pt2/archive.h"

namespace foldproof::verify {

struct FileIdentity {
  std::string file;    // as it was named
  std::string sha256;  // of the bytes that were read, in hex
};

// A program and the file that it was read from; nullopt where it was made in memory.
struct SourceProgram {
  ir::Program program;
  std::optional<FileIdentity> identity;
  std::map<std::string, std::string> modules{};  // by node, as its author named it
};

// A program with what its archive holds beside, which a writer needs.
struct SourceArchive {
  SourceProgram source;
  pt2::Remainder remainder;
};

struct SourceFile {
  std::vector<std::byte> bytes;
  FileIdentity identity;

  std::string_view text() const;
};

// Each reads the file once. Throws Error(kInput) that names the file.
SourceFile ReadFile(const std::string& path, std::size_t most_bytes);
SourceProgram ReadProgram(const std::string& path);
SourceArchive ReadArchive(const std::string& path);

// The same of an archive's bytes, which `name` stands for.
SourceArchive ParseArchive(std::string_view bytes, const std::string& name);

}  // namespace foldproof::verify
