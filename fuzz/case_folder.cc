// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_folder.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "src/base/error.h"
#include "src/base/file.h"
#include "src/base/refuse.h"
#include "src/json/json_field.h"

namespace foldproof::fuzz {
namespace {

constexpr std::size_t kMostCaseBytes = 1 << 20;

// `fuzz --out DIR` writes a folder for each cause into DIR, so DIR itself is given at times.
std::string WhyNoCase(const std::filesystem::path& folder) {
  std::size_t count = 0;
  std::string first;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (!std::filesystem::exists(CaseFileOf(entry.path()), ignored)) continue;
    ++count;
    if (first.empty() || entry.path().string() < first) first = entry.path().string();
  }
  if (count == 0) return "cannot be read; give a folder that fuzz wrote";
  return fmt::format("is not there, but {} below it {} one; give one of them, such as {}",
                     count == 1 ? "a folder" : fmt::format("{} folders", count),
                     count == 1 ? "has" : "have", Printable(first, 400));
}

}  // namespace

// FNV-1a, 32 bits.
std::string FolderNameOf(std::string_view rule, const std::vector<std::string_view>& needs) {
  std::uint32_t hash = 2166136261u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  };
  add(rule);
  for (const std::string_view need : needs) add(need);
  return fmt::format("{}-{:08x}", rule, hash);
}

void MakeFolder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(Error::Code::kOutput, folder.string(), failed.message());
}

std::filesystem::path CaseFileOf(const std::filesystem::path& folder) {
  return folder / "case.json";
}

void WriteCaseFile(const std::filesystem::path& folder, const nlohmann::ordered_json& json) {
  WriteFile(CaseFileOf(folder),
            json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string ReadCaseFile(const std::filesystem::path& folder) {
  std::ifstream file(CaseFileOf(folder), std::ios::binary);
  if (!file) Refuse(WhyNoCase(folder));
  std::string text(kMostCaseBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMostCaseBytes) Refuse("is above 1 MiB");
  return text;
}

nlohmann::json ParseCampaignJson(std::string_view text) { return ParseJson(text, {.depth = 16}); }

}  // namespace foldproof::fuzz
