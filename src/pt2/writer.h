// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include "src/ir/program.h"
#include "src/pt2/archive.h"

namespace foldproof::pt2 {

// The bytes of a .pt2 file (docs/pt2.md, "The archive as written") that torch.export.load reads as
// `program`, which must be whole and in kExportedProgram form. The same program gives the same
// bytes. Error(kOutput) where the program holds a symbol whose expression nothing tells.
std::string SerializeProgram(const ir::Program& program, const Remainder& remainder = {});

// Writes them to `path`, whole or not at all. Error(kOutput) names the path.
void WriteProgram(const ir::Program& program, const Remainder& remainder,
                  const std::filesystem::path& path);

}  // namespace foldproof::pt2
