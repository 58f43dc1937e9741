// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/lie_case.h"

#include <nlohmann/json.hpp>

#include "fuzz/case_folder.h"
#include "fuzz/draw_json.h"
#include "fuzz/judge/named_outputs.h"
#include "src/base/error.h"
#include "src/base/within.h"
#include "src/json/json_field.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

Json ChangesJson(const std::vector<ChangeDraw>& changes) {
  Json out = Json::array();
  for (const ChangeDraw& change : changes) {
    std::vector<std::uint16_t> numbers(change.numbers.begin(), change.numbers.end());
    while (!numbers.empty() && numbers.back() == 0) numbers.pop_back();
    out.push_back(
        {{"kind", ChangeKinds()[change.kind % ChangeKinds().size()].name}, {"numbers", numbers}});
  }
  return out;
}

std::string_view NameOfBetween(Between between) {
  switch (between) {
    case Between::kNothing: return "nothing";
    case Between::kGuarded: return "fold-guarded";
    case Between::kRepair: return "fold-repair";
    case Between::kUpstream: return "fold-upstream";
    case Between::kKeys: return "keys-exchanged";
  }
  return "";
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

}  // namespace

nlohmann::ordered_json JsonOf(const PairDraw& draw) {
  Json out;
  if (draw.file) {
    out["file"] = *draw.file;
  } else {
    out["base"] = JsonOf(draw.base);
  }
  out["prepared"] = ChangesJson(draw.prepared);
  out["between"] = NameOfBetween(draw.between);
  out["changes"] = ChangesJson(draw.changes);
  return out;
}

std::string FolderName(const FoundLie& lie) {
  return FolderNameOf(lie.lie.rule, {lie.needs.begin(), lie.needs.end()});
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
  WriteCaseFile(folder, out);
}

bool IsLie(const std::filesystem::path& folder) {
  return Within(CaseFileOf(folder).string(), [&] {
    const nlohmann::json json = ParseCampaignJson(ReadCaseFile(folder));
    return JsonField(json).Find("judge").has_value();
  });
}

KeptLie ReadLie(const std::filesystem::path& folder) {
  KeptLie out;
  Within(CaseFileOf(folder).string(), [&] {
    const nlohmann::json json = ParseCampaignJson(ReadCaseFile(folder));
    const JsonField root(json);
    out.lie.rule = root.At("rule").Text();
    out.key = RunKey(root.At("seed").Unsigned(), root.At("index").Unsigned());
    const auto exchanged = root.Find("names_exchanged");
    out.pair.names_exchanged = exchanged && exchanged->Truth();
  });
  out.pair.before = Sketch(pt2::ReadProgram(folder / "before.pt2")).Finish();
  out.pair.after = Sketch(pt2::ReadProgram(folder / "after.pt2")).Finish();
  return out;
}

}  // namespace foldproof::fuzz
