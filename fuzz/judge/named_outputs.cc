// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/named_outputs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "src/base/error.h"
#include "src/pt2/reader.h"
#include "src/pt2/writer.h"
#include "src/pt2/zip_archive.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

// PyTorch's pytree of a dictionary with these keys, one leaf each.
std::string SpecOf(const std::vector<std::string>& keys) {
  const Json leaf{{"type", nullptr}, {"context", nullptr}, {"children_spec", Json::array()}};
  Json tree{{"type", "builtins.dict"},
            {"context", Json(keys).dump()},
            {"children_spec", Json(std::vector<Json>(keys.size(), leaf))}};
  return Json::array({1, std::move(tree)}).dump();
}

}  // namespace

pt2::Archive ArchiveWithKeys(const ir::Program& program, const std::vector<std::string>& keys) {
  const std::string bytes = pt2::SerializeProgram(program);
  const pt2::ZipArchive zip{std::string_view(bytes)};
  Json model = Json::parse(zip.ReadText("models/model.json", std::uint64_t{1} << 26));
  model["graph_module"]["module_call_graph"][0]["signature"]["out_spec"] = SpecOf(keys);
  return {program, {"model", model.dump(), "", "", {}}};
}

bool ExchangeNames(ProgramPair& pair) {
  std::vector<std::string> keys;
  for (const ir::OutputSpec& spec : pair.before.outputs) {
    if (spec.kind == ir::OutputSpec::Kind::kUserOutput) {
      keys.push_back("key" + std::to_string(keys.size()));
    }
  }
  if (keys.size() < 2 || pair.before.outputs.size() != pair.after.outputs.size()) return false;
  const auto again = [](const ir::Program& program, const std::vector<std::string>& names) {
    const pt2::Archive archive = ArchiveWithKeys(program, names);
    return pt2::ParseProgram(pt2::SerializeProgram(archive.program, archive.remainder));
  };
  pair.before = again(pair.before, keys);
  std::swap(keys[0], keys[1]);
  pair.after = again(pair.after, keys);
  pair.names_exchanged = true;
  return true;
}

}  // namespace foldproof::fuzz
