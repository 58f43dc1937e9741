// SPDX-License-Identifier: BSD-3-Clause
//
// A lie that was found, kept as files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "fuzz/judge/lie_campaign.h"

namespace foldproof::fuzz {

// "output-differs-1f3a0c77": the rule, and a hash of what the case needs.
std::string FolderName(const FoundLie& lie);

// Writes before.pt2, after.pt2 and case.json into `folder`, which is made. A program that no .pt2
// can hold is left out. Throws Error(kOutput).
void WriteLie(const FoundLie& lie, const LieCampaignOptions& options,
              const std::filesystem::path& folder);

struct KeptLie {
  ProgramPair pair;
  Lie lie;
  std::uint64_t key = 0;  // of the inputs (RunKey)
};

// Whether case.json of `folder` is that of a lie.
bool IsLie(const std::filesystem::path& folder);
// Reads it. Throws Error(kInput) that names the file and the field.
KeptLie ReadLie(const std::filesystem::path& folder);

nlohmann::ordered_json JsonOf(const PairDraw& draw);

}  // namespace foldproof::fuzz
