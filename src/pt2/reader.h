// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "src/ir/program.h"
#include "src/pt2/archive.h"

namespace foldproof::pt2 {

// The program in a torch.export archive (docs/pt2.md), in kExportedProgram form and checked by
// ir::CheckProgram. Nothing in the file is trusted and nothing is unpickled: whatever is wrong with
// it is one Error(kInput) whose place names the file, the entry and the node.
ir::Program ReadProgram(const std::filesystem::path& path);

// The same, of a file's bytes.
ir::Program ParseProgram(std::string_view bytes);

// The same, and by the name of a node the module that it comes from, as its author named it:
// "features.3.conv". From the archive's metadata (nn_module_stack), where PyTorch kept it.
struct NamedProgram {
  ir::Program program;
  std::map<std::string, std::string> modules;
};
NamedProgram ParseNamedProgram(std::string_view bytes);

// The same, with what the archive holds beside, for pt2::WriteProgram.
Archive ReadArchive(const std::filesystem::path& path);
Archive ParseArchive(std::string_view bytes);

// Throws Error(kInput) with an empty place where `path` names no regular file.
void CheckIsFile(const std::filesystem::path& path);

}  // namespace foldproof::pt2
