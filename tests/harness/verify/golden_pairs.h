// SPDX-License-Identifier: BSD-3-Clause
//
// Pairs of programs in a folder of golden/, judged.
#pragma once

#include <string>

#include "harness/verify/verification.h"
#include "tests/paths.h"

namespace foldproof::verify {

// golden/FOLDER/BEFORE.pt2 and AFTER.pt2.
inline prove::Verification VerificationIn(const std::string& folder, const std::string& before,
                                          const std::string& after,
                                          const VerifyOptions& options = {}) {
  const std::string path = std::string(tests::kSourceFolder) + "/golden/" + folder + "/";
  return Verify(path + before + ".pt2", AfterFile{path + after + ".pt2"}, options,
                [] { return 0.0; })
      .verification;
}

}  // namespace foldproof::verify
