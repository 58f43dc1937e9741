// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace foldproof::cli {

// "0.1.0+3f2a9c1d7e55": the version, and the first digits of a digest of the sources that this
// program was built from. Parts of one campaign or gate must be of one build.
const char* BuildVersion();

}  // namespace foldproof::cli
