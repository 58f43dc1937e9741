// SPDX-License-Identifier: BSD-3-Clause
#include "tests/paths.h"

namespace foldproof::tests {

const char* const kSourceFolder = FOLDPROOF_SOURCE_DIR;
const char* const kProgram = FOLDPROOF_PROGRAM;

}  // namespace foldproof::tests
