// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "fuzz/failure.h"
#include "fuzz/isolated_work.h"
#include "harness/passes/pass_under_test.h"

namespace foldproof::fuzz {

// Keeps failures as folders. What a pass makes of the program, and its witness, are made in a
// process of their own: where that one crashes, the folder has what was written so far.
class CaseKeeper {
 public:
  // `pass` is its name. `make_pass` outlives it.
  CaseKeeper(const passes::MakePass& make_pass, std::uint64_t seed, std::string pass,
             unsigned seconds, passes::IsOver is_over = {});

  // An `internal-error` where the process ended. Throws Error(kOutput) where a file cannot be
  // written.
  std::optional<Finding> Keep(const Failure& failure, const std::filesystem::path& folder);

 private:
  std::uint64_t seed_;
  std::string pass_;
  IsolatedWork process_;
};

}  // namespace foldproof::fuzz
