// SPDX-License-Identifier: BSD-3-Clause
#include "tests/imports/import_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace foldproof::imports {
namespace {

constexpr std::size_t kMostLines = 400;
constexpr std::size_t kMostColumns = 100;
constexpr std::string_view kFirstLine = "// SPDX-License-Identifier: BSD-3-Clause";

// The module on top of libtorch, and the one header of it that the rest of the program sees: what
// its other headers include costs nobody else anything.
constexpr std::string_view kTorchFolder = "harness/exec/torch";
constexpr std::string_view kTorchInterface = "harness/exec/torch/module.h";

// A folder and what its files may include besides each other: everything in some folders, and the
// files that lie directly in others, not those of the folders in them.
struct Layer {
  std::string_view folder;
  std::set<std::string_view> includes;
  std::set<std::string_view> direct = {};
};

// Adds the folders in `house`, whose files see what `house` sees and the folders of earlier rows.
void AddRooms(std::string_view house, const std::vector<std::vector<std::string_view>>& rows,
              std::vector<Layer>& table) {
  Layer room = *std::ranges::find(table, house, &Layer::folder);
  room.direct.insert(house);
  for (const auto& row : rows) {
    const Layer before = room;
    for (const std::string_view folder : row) {
      table.push_back({folder, before.includes, before.direct});
      room.includes.insert(folder);
    }
  }
}

// The inner order of the prover and of the executors (docs/architecture.md, "Inside the prover").
void AddInnerLayers(std::vector<Layer>& table) {
  AddRooms("harness/prove",
           {{"harness/prove/reach", "harness/prove/constants"},
            {"harness/prove/conv", "harness/prove/joint"},
            {"harness/prove/tail"},
            {"harness/prove/sites"},
            {"harness/prove/ideal"},
            {"harness/prove/verdict"},
            {"harness/prove/question"},
            {"harness/prove/witness"},
            {"harness/prove/judge"},
            {"harness/prove/picture"}},
           table);
  AddRooms(
      "harness/exec",
      {{"harness/exec/arrays", "harness/exec/shape", "harness/exec/quantized", "harness/exec/plan"},
       {"harness/exec/fused", kTorchFolder},
       {"harness/exec/libtorch", "harness/exec/integer", "harness/exec/eigen"},
       {"harness/exec/open"}},
      table);
}

const std::vector<Layer>& Layers() {
  static const std::vector<Layer> layers = [] {
    std::vector<Layer> table = {
        {"src/base", {}},
        {"src/json", {"src/base"}},
        {"src/ir", {"src/base"}},
        {"src/pt2", {"src/base", "src/ir"}},
        {"src/fold/upstream", {"src/base", "src/ir"}},
        {"src/fold/quant_fusion", {"src/base", "src/ir", "src/fold/upstream"}},
        {"src/fold", {"src/base", "src/ir", "src/fold"}},
        {"harness/exec", {"src/base", "src/ir"}},
        {"harness/prove", {"src/base", "src/ir", "harness/exec"}},
        {"harness/compare", {"src/base", "src/json", "src/ir", "harness/exec", "harness/prove"}},
    };
    // From here on each row may include every row before it; those of one row not each other.
    const std::vector<std::vector<std::string_view>> rows = {{"harness/passes", "harness/mutants"},
                                                             {"harness/verify"},
                                                             {"fuzz", "reports"},
                                                             {"cli", "api"}};
    for (const auto& row : rows) {
      std::set<std::string_view> before;
      for (const Layer& layer : table) before.insert(layer.folder);
      for (const std::string_view folder : row) table.push_back({folder, before});
    }
    table.push_back({"include/foldproof", {}});
    AddInnerLayers(table);
    return table;
  }();
  return layers;
}

bool IsUnder(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool IsUnderAny(std::string_view path, const std::vector<std::string_view>& folders) {
  return std::ranges::any_of(folders, [&](auto folder) { return IsUnder(path, folder); });
}

// The innermost folder of the table that `path` lies in.
const Layer* LayerOf(std::string_view path) {
  const Layer* found = nullptr;
  for (const Layer& layer : Layers()) {
    if (IsUnder(path, layer.folder) &&
        (found == nullptr || layer.folder.size() > found->folder.size())) {
      found = &layer;
    }
  }
  return found;
}

bool MayInclude(const Layer& from, const Layer& to, std::string_view header) {
  return &from == &to || from.direct.contains(to.folder) ||
         std::ranges::any_of(from.includes,
                             [&](std::string_view folder) { return IsUnder(header, folder); });
}

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// Why the file `path` may not include `header`, which is one of ours; empty where it may.
std::string OwnHeaderFault(std::string_view path, std::string_view header) {
  const Layer* from = LayerOf(path);
  const Layer* to = LayerOf(header);
  if (from == nullptr) return "stands in no folder of the import table";
  if (to == nullptr) return "names no file of the import table from the repository's root";
  if (IsUnder(header, kTorchFolder) && !IsUnder(path, kTorchFolder) && header != kTorchInterface) {
    return "only the module's interface, module.h, may be included from outside";
  }
  if (MayInclude(*from, *to, header)) return "";
  return std::string(from->folder) + " must not know " + std::string(to->folder);
}

// The same for a header of somebody else's.
std::string ForeignHeaderFault(std::string_view path, std::string_view header) {
  const bool ours_is_header = path.ends_with(".h");
  if (IsUnderAny(header, {"torch", "ATen", "c10", "caffe2"})) {
    if (!IsUnder(path, kTorchFolder)) return "libtorch stays in harness/exec/torch";
    if (path == kTorchInterface) return "the module's interface is plain C";
  }
  if (IsUnderAny(header, {"CLI", "toml++"})) {
    if (!IsUnder(path, "cli")) return "CLI11 and toml++ stay in cli";
    if (ours_is_header) return "CLI11 and toml++ stay out of headers";
  }
  if (ours_is_header && IsUnder(header, "nlohmann") && header != "nlohmann/json_fwd.hpp") {
    return "a header takes nlohmann/json_fwd.hpp at most";
  }
  if (ours_is_header && header == "simdjson.h" && path != "src/pt2/json_fields.h") {
    return "simdjson stays out of headers, but for src/pt2/json_fields.h";
  }
  if (ours_is_header && IsUnderAny(header, {"Eigen", "unsupported/Eigen"})) {
    return "Eigen stays out of headers";
  }
  if (IsUnder(path, "include/foldproof") && !IsUnder(header, "foldproof") &&
      header.find_first_of("/.") != std::string_view::npos) {
    return "a public header includes the standard library and its like alone";
  }
  return "";
}

// Characters of a line of UTF-8: all bytes but the continuing ones.
std::size_t Columns(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0) != 0x80; }));
}

// The first word of a file's or folder's name that says a role instead of a thing, or "".
std::string BannedWord(std::string_view path) {
  static const std::set<std::string> banned = {"util",    "utils",   "utility",  "helper",
                                               "helpers", "manager", "data",     "info",
                                               "infos",   "process", "managers", "do"};
  static constexpr std::string_view kSeparators = "/_-.";
  while (!path.empty()) {
    const std::size_t end = path.find_first_of(kSeparators);
    if (std::string word(path.substr(0, end)); banned.contains(word)) return word;
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  return "";
}

std::string_view WithoutBlanks(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r");
  return start == std::string_view::npos ? "" : text.substr(start);
}

// What stands behind the #include (or #import, or #include_next) of `line`; nullopt where it is
// none.
std::optional<std::string_view> IncludedBy(std::string_view line) {
  line = WithoutBlanks(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = WithoutBlanks(line.substr(1));
  const std::size_t end = line.find_first_of(" \t\"<(");
  const std::string_view directive = line.substr(0, end);
  if (directive != "include" && directive != "import" && directive != "include_next") {
    return std::nullopt;
  }
  return WithoutBlanks(line.substr(directive.size()));
}

// A file without its suffix: a header and the source of its name are one unit.
std::string_view UnitOf(std::string_view path) { return path.substr(0, path.rfind('.')); }

using Units = std::map<std::string_view, std::set<std::string_view>>;  // who includes whom

Units UnitsOf(const std::map<std::string, std::string>& files) {
  Units units;
  for (const auto& [path, text] : files) {
    for (const std::string_view line : LinesOf(text)) {
      const std::optional<std::string_view> included = IncludedBy(line);
      if (!included || !included->starts_with('"')) continue;
      const auto header = files.find(std::string(included->substr(1, included->find('"', 1) - 1)));
      if (header == files.end() || UnitOf(header->first) == UnitOf(path)) continue;
      units[UnitOf(path)].insert(UnitOf(header->first));
    }
  }
  return units;
}

// Walks depth first from `unit`; `path` is the way there, `done` what leads to no cycle.
void FindCycle(const Units& units, std::string_view unit, std::vector<std::string_view>& path,
               std::set<std::string_view>& done, std::vector<std::string>& faults) {
  if (const auto start = std::ranges::find(path, unit); start != path.end()) {
    std::string cycle;
    for (auto at = start; at != path.end(); ++at) cycle += std::string(*at) + " -> ";
    faults.push_back(cycle + std::string(unit));
    return;
  }
  if (done.contains(unit)) return;
  path.push_back(unit);
  if (const auto found = units.find(unit); found != units.end()) {
    for (const std::string_view next : found->second) FindCycle(units, next, path, done, faults);
  }
  path.pop_back();
  done.insert(unit);
}

}  // namespace

std::vector<std::string> IncludeCycles(const std::map<std::string, std::string>& files) {
  const Units units = UnitsOf(files);
  std::vector<std::string> faults;
  std::vector<std::string_view> path;
  std::set<std::string_view> done;
  for (const auto& [unit, includes] : units) FindCycle(units, unit, path, done, faults);
  return faults;
}

std::vector<std::string> IncludeFaults(std::string_view path, std::string_view text) {
  std::vector<std::string> faults;
  std::size_t number = 0;
  for (const std::string_view line : LinesOf(text)) {
    ++number;
    const std::optional<std::string_view> included = IncludedBy(line);
    if (!included) continue;
    const std::string place = std::string(path) + ":" + std::to_string(number) + ": ";
    const bool quoted = included->starts_with('"');
    const std::size_t close = included->find(quoted ? '"' : '>', 1);
    if ((!quoted && !included->starts_with('<')) || close == std::string_view::npos) {
      faults.push_back(place + "an include must name its file: " + std::string(*included));
      continue;
    }
    const std::string_view header = included->substr(1, close - 1);
    // Ours are quoted; one of ours in angle brackets is held to the table all the same.
    std::string fault = ForeignHeaderFault(path, header);
    if (fault.empty() && (quoted || LayerOf(header))) fault = OwnHeaderFault(path, header);
    if (!fault.empty()) faults.push_back(place + std::string(header) + ": " + fault);
  }
  return faults;
}

std::vector<std::string> FormFaults(std::string_view path, std::string_view text) {
  std::vector<std::string> faults;
  const auto fault = [&](std::string_view place, const std::string& why) {
    faults.push_back(std::string(path) + std::string(place) + ": " + why);
  };
  if (!path.ends_with(".h") && !path.ends_with(".cc")) fault("", "sources end in .h or .cc");
  if (const std::string word = BannedWord(path); !word.empty()) {
    fault("", "\"" + word + "\" says a role; name what it is about");
  }
  const std::vector<std::string_view> lines = LinesOf(text);
  if (lines.empty() || lines.front() != kFirstLine) fault(":1", "must be the SPDX line");
  if (lines.size() > kMostLines) {
    fault("", std::to_string(lines.size()) + " lines; split it by idea, 400 is the most");
  }
  if (path.ends_with(".h") && std::ranges::count(lines, "#pragma once") != 1) {
    fault("", "a header has one #pragma once");
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line = ":" + std::to_string(i + 1);
    if (Columns(lines[i]) > kMostColumns) fault(line, "wider than 100 columns");
    if (lines[i].ends_with('\r')) fault(line, "ends in a carriage return");
  }
  return faults;
}

}  // namespace foldproof::imports
