// SPDX-License-Identifier: BSD-3-Clause
//
// Where the repository and the built program are. Only paths.cc is compiled with their names, so
// that a checkout in another folder finds every other object in ccache.
#pragma once

namespace foldproof::tests {

extern const char* const kSourceFolder;  // the repository's root
extern const char* const kProgram;       // the foldproof that was built beside the test

}  // namespace foldproof::tests
