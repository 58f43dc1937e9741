// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "fuzz/draw.h"

namespace foldproof::fuzz {

// Writes cases 0 to `cases` - 1 of `seed` and `family`, as a campaign draws them and before any
// pass, as folder/000000.pt2 and so on; the folder is made. Ends early where `stop` says so.
// Returns how many were written. Throws Error(kOutput).
std::uint64_t DumpPrograms(std::uint64_t seed, std::uint64_t cases, Family family,
                           const std::filesystem::path& folder, const std::function<bool()>& stop);

}  // namespace foldproof::fuzz
