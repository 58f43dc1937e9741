// SPDX-License-Identifier: BSD-3-Clause
//
// The folder that something found is kept in, with its case.json: a failure of a pass
// (case_files.h), or a lie of the judge (judge/lie_case.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::fuzz {

// "saturation-1f3a0c77": the rule, and a hash of it and `needs`, in their order.
std::string FolderNameOf(std::string_view rule, const std::vector<std::string_view>& needs);

// Throws Error(kOutput).
void MakeFolder(const std::filesystem::path& folder);

// case.json of `folder`.
std::filesystem::path CaseFileOf(const std::filesystem::path& folder);

// Throws Error(kOutput). What is no UTF-8 becomes U+FFFD.
void WriteCaseFile(const std::filesystem::path& folder, const nlohmann::ordered_json& json);

// The text of a case.json. Throws Error(kInput) with an empty place.
std::string ReadCaseFile(const std::filesystem::path& folder);

// What a campaign wrote: a report or a case.json, of which nothing nests deeper than 16 lists and
// objects. Throws Error(kInput) with an empty place.
nlohmann::json ParseCampaignJson(std::string_view text);

}  // namespace foldproof::fuzz
