// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/reader.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/refuse.h"
#include "src/base/within.h"
#include "src/ir/checker.h"
#include "src/pt2/constant_reader.h"
#include "src/pt2/graph_reader.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/limits.h"
#include "src/pt2/module_stacks.h"
#include "src/pt2/zip_archive.h"

namespace foldproof::pt2 {
namespace {

void CheckMark(const ZipArchive& archive, std::string_view entry, std::string_view wanted) {
  const std::string mark = archive.ReadText(entry, 64);
  if (mark != wanted) {
    throw Unusable(std::string(entry), "says '" + mark + "' where '" + std::string(wanted) +
                                           "' is read; save the program with torch.export.save");
  }
}

// The model's name, which its entries carry: models/NAME.json.
std::string ModelName(const ZipArchive& archive) {
  constexpr std::string_view kFolder = "models/";
  constexpr std::string_view kSuffix = ".json";
  std::vector<std::string> names;
  for (const std::string& entry : archive.NamesBelow(kFolder)) {
    if (!entry.ends_with(kSuffix)) continue;
    names.push_back(entry.substr(kFolder.size(), entry.size() - kFolder.size() - kSuffix.size()));
  }
  if (names.empty()) {
    throw Unusable(std::string(kFolder),
                   "the archive holds no exported program; save one with torch.export.save "
                   "of PyTorch 2.13");
  }
  if (names.size() > 1) {
    throw Unusable(std::string(kFolder), "the archive holds " + std::to_string(names.size()) +
                                             " programs ('" + names[0] + "', '" + names[1] +
                                             "', ...); save one alone");
  }
  return names.front();
}

void CheckVersion(Json model) {
  const Json version = Field(model, "schema_version");
  const std::int64_t major = IntegerField(version, "major");
  const std::int64_t minor = IntegerField(version, "minor");
  if (major != kSchemaMajor) {
    throw Unusable("", "has schema version " + std::to_string(major) + "." + std::to_string(minor) +
                           ", read is " + std::to_string(kSchemaMajor) +
                           ".x; save the program with a PyTorch that writes it, as 2.13 does");
  }
}

// Entries that are written anew with the program.
bool IsModelled(const std::string& entry, const std::string& model_name) {
  for (const char* mark : {"archive_format", "archive_version", "byteorder", ".data/version",
                           ".data/serialization_id"}) {
    if (entry == mark) return true;
  }
  return entry.ends_with('/') || entry == "models/" + model_name + ".json" ||
         entry.starts_with("data/weights/") || entry.starts_with("data/constants/");
}

// Fills what the program does not model, but for the text of the model.
void ReadRemainder(const ZipArchive& archive, const std::string& model_name, Remainder& out) {
  out.name = model_name;
  for (const std::string& entry : archive.NamesBelow("")) {
    if (!IsModelled(entry, model_name))
      out.entries[entry] = archive.ReadText(entry, kMostInflatedBytes);
  }
  const auto read = [&](const std::string& folder, const std::string& entry) {
    std::string text = archive.ReadText(folder + model_name + entry, kMostJsonBytes);
    const JsonDocument json(text);
    for (const auto& [name, payload] : AsObject(Field(json.root(), "config"), "config")) {
      if (!AsTruth(Field(payload, "use_pickle"), "use_pickle")) continue;
      const std::string path = folder + std::string(TextField(payload, "path_name"));
      if (archive.Contains(path)) out.entries[path] = archive.ReadText(path, kMostInflatedBytes);
    }
    return text;
  };
  out.weights = read("data/weights/", "_weights_config.json");
  out.constants = read("data/constants/", "_constants_config.json");
}

std::optional<std::int64_t> EndOf(Json range, const char* end) {
  const auto given = OptionalField(range, end);
  return given ? std::optional(AsInteger(*given, end)) : std::nullopt;
}

// What the program asks of its inputs besides their types.
void ReadConditions(Json model, ir::Program& program) {
  if (const auto ranges = OptionalField(model, "range_constraints")) {
    for (const auto& [symbol, range] : AsObject(*ranges, "range_constraints")) {
      program.size_ranges[std::string(symbol)] = {EndOf(range, "min_val"), EndOf(range, "max_val")};
    }
  }
  if (const auto guards = OptionalField(model, "guards_code")) {
    for (const Json guard : AsList(*guards, "guards_code"))
      program.guards.emplace_back(AsText(guard, "guards_code"));
  }
}

using ModulePaths = std::map<std::string, std::string>;

// Reads the program, and the remainder and the modules of its nodes where they are asked for.
ir::Program Read(const ZipArchive& archive, Remainder* remainder, ModulePaths* modules = nullptr) {
  CheckMark(archive, "archive_format", "pt2");
  if (archive.Contains("archive_version")) CheckMark(archive, "archive_version", "0");
  const std::string model_name = ModelName(archive);
  const std::string entry = "models/" + model_name + ".json";
  ir::Program program;
  program.form = ir::Program::Form::kExportedProgram;
  Within(entry, [&] {
    std::string text = archive.ReadText(entry, kMostJsonBytes);
    const JsonDocument model(text);
    CheckVersion(model.root());
    ReadGraphModule(Field(model.root(), "graph_module"), program);
    ReadConditions(model.root(), program);
    if (modules != nullptr && text.find("nn_module_stack") != std::string::npos)
      *modules = ReadModulePaths(Field(model.root(), "graph_module"));
    if (remainder != nullptr) remainder->model = std::move(text);
  });
  ReadConstants(archive, model_name, program);
  Within(entry, [&] { ir::CheckProgram(program); });
  if (remainder != nullptr) ReadRemainder(archive, model_name, *remainder);
  return program;
}

}  // namespace

ir::Program ReadProgram(const std::filesystem::path& path) {
  return Within(path.string(), [&] {
    CheckIsFile(path);
    return Read(ZipArchive(path), nullptr);
  });
}

ir::Program ParseProgram(std::string_view bytes) { return Read(ZipArchive(bytes), nullptr); }

NamedProgram ParseNamedProgram(std::string_view bytes) {
  NamedProgram out;
  out.program = Read(ZipArchive(bytes), nullptr, &out.modules);
  return out;
}

Archive ReadArchive(const std::filesystem::path& path) {
  Archive archive;
  archive.program = Within(path.string(), [&] {
    CheckIsFile(path);
    return Read(ZipArchive(path), &archive.remainder);
  });
  return archive;
}

Archive ParseArchive(std::string_view bytes) {
  Archive archive;
  archive.program = Read(ZipArchive(bytes), &archive.remainder);
  return archive;
}

void CheckIsFile(const std::filesystem::path& path) {
  std::error_code failed;
  const auto status = std::filesystem::status(path, failed);
  if (!std::filesystem::exists(status)) throw Unusable("", "there is no such file");
  if (!std::filesystem::is_regular_file(status)) {
    throw Unusable("", "not a regular file; give a .pt2 file that torch.export.save wrote");
  }
}

}  // namespace foldproof::pt2
