// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/lie_case.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "fuzz/bounded_json.h"
#include "fuzz/draw_json.h"
#include "fuzz/judge/named_outputs.h"
#include "src/base/error.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kCaseFile[] = "case.json";
constexpr std::size_t kMostCaseBytes = 1 << 20;

// FNV-1a over the rule and what a case needs.
std::uint32_t HashOf(const FoundLie& lie) {
  std::uint32_t hash = 2166136261u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  };
  add(lie.lie.rule);
  for (const std::string& kind : lie.needs) add(kind);
  return hash;
}

Json JsonOf(const std::vector<ChangeDraw>& changes) {
  Json out = Json::array();
  for (const ChangeDraw& change : changes) {
    std::vector<std::uint16_t> numbers(change.numbers.begin(), change.numbers.end());
    while (!numbers.empty() && numbers.back() == 0) numbers.pop_back();
    out.push_back(
        {{"kind", ChangeKinds()[change.kind % ChangeKinds().size()].name}, {"numbers", numbers}});
  }
  return out;
}

std::string_view NameOf(Between between) {
  switch (between) {
    case Between::kNothing: return "nothing";
    case Between::kGuarded: return "fold-guarded";
    case Between::kRepair: return "fold-repair";
    case Between::kUpstream: return "fold-upstream";
    case Between::kKeys: return "keys-exchanged";
  }
  return "";
}

void MakeFolder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(Error::Code::kOutput, folder.string(), failed.message());
}

// The names are those that ExchangeNames gave, exchanged or not.
void WriteProgram(const ProgramPair& pair, const ir::Program& program, bool exchanged,
                  const std::filesystem::path& path) {
  if (!pair.names_exchanged) return pt2::WriteProgram(program, {}, path);
  std::vector<std::string> keys;
  for (const ir::OutputSpec& spec : program.outputs) {
    if (spec.kind == ir::OutputSpec::Kind::kUserOutput) {
      keys.push_back("key" + std::to_string(keys.size()));
    }
  }
  if (exchanged) std::swap(keys.at(0), keys.at(1));
  pt2::WriteProgram(program, ArchiveWithKeys(program, keys).remainder, path);
}

nlohmann::json ReadJson(const std::filesystem::path& folder) {
  std::ifstream file(folder / kCaseFile, std::ios::binary);
  if (!file) throw Error(Error::Code::kInput, "", "cannot be read; give a folder that fuzz wrote");
  std::string text(kMostCaseBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMostCaseBytes) throw Error(Error::Code::kInput, "", "is above 1 MiB");
  return ParseBoundedJson(text);
}

}  // namespace

nlohmann::ordered_json JsonOf(const PairDraw& draw) {
  Json out;
  if (draw.file) {
    out["file"] = *draw.file;
  } else {
    out["base"] = JsonOf(draw.base);
  }
  out["prepared"] = JsonOf(draw.prepared);
  out["between"] = NameOf(draw.between);
  out["changes"] = JsonOf(draw.changes);
  return out;
}

std::string FolderName(const FoundLie& lie) {
  return fmt::format("{}-{:08x}", lie.lie.rule, HashOf(lie));
}

void WriteLie(const FoundLie& lie, const LieCampaignOptions& options,
              const std::filesystem::path& folder) {
  MakeFolder(folder);
  const auto pair = PairOf(lie.draw, options.programs);
  FP_CHECK(pair.has_value());
  Json out{{"case_version", 1},        {"judge", true},
           {"seed", options.seed},     {"index", lie.first},
           {"rule", lie.lie.rule},     {"node", lie.lie.place},
           {"detail", lie.lie.detail}, {"needs", lie.needs},
           {"family", lie.family},     {"names_exchanged", pair->names_exchanged},
           {"draw", JsonOf(lie.draw)}};
  try {
    WriteProgram(*pair, pair->before, false, folder / "before.pt2");
    WriteProgram(*pair, pair->after, true, folder / "after.pt2");
  } catch (const Error& error) {
    if (error.code() == Error::Code::kOutput && error.place().empty()) throw;
    out["not_written"] = error.what();
  }
  WriteFile(folder / kCaseFile, out.dump(2) + "\n");
}

bool IsLie(const std::filesystem::path& folder) {
  return Within((folder / kCaseFile).string(), [&] {
    const nlohmann::json json = ReadJson(folder);
    return json.is_object() && json.contains("judge");
  });
}

KeptLie ReadLie(const std::filesystem::path& folder) {
  KeptLie out;
  Within((folder / kCaseFile).string(), [&] {
    const nlohmann::json json = ReadJson(folder);
    const auto number = [&](const char* field) {
      if (!json.contains(field) || !json[field].is_number_unsigned()) {
        throw Error(Error::Code::kInput, field, "is no whole number");
      }
      return json[field].get<std::uint64_t>();
    };
    if (!json.contains("rule") || !json["rule"].is_string()) {
      throw Error(Error::Code::kInput, "rule", "is no text");
    }
    out.lie.rule = json["rule"].get<std::string>();
    out.key = RunKey(number("seed"), number("index"));
    out.pair.names_exchanged = json.contains("names_exchanged") && json["names_exchanged"] == true;
  });
  out.pair.before = Sketch(pt2::ReadProgram(folder / "before.pt2")).Finish();
  out.pair.after = Sketch(pt2::ReadProgram(folder / "after.pt2")).Finish();
  return out;
}

}  // namespace foldproof::fuzz
