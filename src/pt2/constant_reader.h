// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "src/ir/program.h"
#include "src/pt2/zip_archive.h"

namespace foldproof::pt2 {

// Fills program.constants and .storages from the two payload configurations of the model called
// `model`. program.inputs says what each constant is and which are needed: a needed one that is
// missing or pickled is an Error, a pickled one that nothing needs is left out.
void ReadConstants(const ZipArchive& archive, const std::string& model, ir::Program& program);

}  // namespace foldproof::pt2
