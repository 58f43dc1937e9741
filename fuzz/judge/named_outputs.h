// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "fuzz/judge/program_pair.h"
#include "src/pt2/archive.h"

namespace foldproof::fuzz {

// Both programs return a dictionary from now on, as the archive's call spec says; under after's
// keys stand the outputs of before in another order. False where there are not two outputs to
// exchange. Both are what was written and read again.
bool ExchangeNames(ProgramPair& pair);

// The program with an archive's text that calls its outputs so.
pt2::Archive ArchiveWithKeys(const ir::Program& program, const std::vector<std::string>& keys);

}  // namespace foldproof::fuzz
