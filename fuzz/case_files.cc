// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_files.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fuzz/bounded_json.h"
#include "fuzz/draw_json.h"
#include "fuzz/program_of_draw.h"
#include "harness/prove/witness/confirm.h"
#include "src/base/error.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kCaseFile[] = "case.json";
constexpr std::size_t kMostCaseBytes = 1 << 20;

// FNV-1a over the names of what a case needs.
std::uint32_t HashOf(const Failure& failure) {
  std::uint32_t hash = 2166136261u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  };
  add(failure.finding.rule);
  // Of the draw: what is needed may be found out to be less.
  for (const NamedChoice& choice : NotPlain(failure.draw)) {
    add(choice.dimension);
    add(choice.choice);
  }
  return hash;
}

void MakeFolder(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(Error::Code::kOutput, folder.string(), failed.message());
}

// The worst input of every site, run on both sides.
void WriteWitnesses(const ir::Program& before, const ir::Program& after, exec::Executor& executor,
                    const std::filesystem::path& folder) {
  const prove::Side left(before), right(after);
  const prove::ProveOptions options;
  prove::Proof proof = prove::Prove(left, right, options);
  prove::ConfirmWitnesses(left, right, {{&executor, &executor, executor.Describe()}}, {}, folder,
                          proof);
}

// What an external pass wrote and nobody can use, as it is, so that it can be looked at.
void KeepUnusable(const passes::PassAnswer& answer, const std::filesystem::path& path) {
  if (answer.kind != passes::PassAnswer::Kind::kRaised || answer.file.empty()) return;
  std::error_code failed;
  std::filesystem::copy_file(answer.file, path, std::filesystem::copy_options::overwrite_existing,
                             failed);
  if (failed) throw Error(Error::Code::kOutput, path.string(), failed.message());
}

const nlohmann::json& Field(const nlohmann::json& from, const char* name) {
  if (!from.is_object() || !from.contains(name)) {
    throw Error(Error::Code::kInput, name, "is missing");
  }
  return from[name];
}

std::string TextOf(const nlohmann::json& from, const char* name) {
  const nlohmann::json& field = Field(from, name);
  if (!field.is_string()) throw Error(Error::Code::kInput, name, "is no text");
  return field.get<std::string>();
}

std::uint64_t NumberOf(const nlohmann::json& from, const char* name) {
  const nlohmann::json& field = Field(from, name);
  if (!field.is_number_unsigned()) throw Error(Error::Code::kInput, name, "is no whole number");
  return field.get<std::uint64_t>();
}

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostCaseBytes + 1, '\0');
  if (!file) throw Error(Error::Code::kInput, "", "cannot be read; give a folder that fuzz wrote");
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMostCaseBytes) throw Error(Error::Code::kInput, "", "is above 1 MiB");
  return text;
}

}  // namespace

std::string FolderName(const Failure& failure) {
  return fmt::format("{}-{:08x}", failure.finding.rule, HashOf(failure));
}

void WriteCase(const Failure& failure, std::uint64_t seed, passes::PassUnderTest& pass,
               exec::Executor& executor, const std::filesystem::path& folder) {
  MakeFolder(folder);
  const ir::Program before = ProgramOf(failure.draw);
  pt2::WriteProgram(before, {}, folder / "before.pt2");
  const passes::PassAnswer answer = pass.Run(before);
  if (answer.kind != passes::PassAnswer::Kind::kRaised) {
    pt2::WriteProgram(answer.program, {}, folder / "after.pt2");
    try {
      WriteWitnesses(before, answer.program, executor, folder);
    } catch (const Error& error) {
      if (error.code() == Error::Code::kOutput) throw;  // what cannot be compared has no witness
    }
  }
  KeepUnusable(answer, folder / "after.pt2");
  if (!answer.traceback.empty()) WriteFile(folder / "traceback.txt", answer.traceback);
  Json out{{"case_version", 1},
           {"pass", pass.name()},
           {"seed", seed},
           {"index", failure.first},
           {"rule", failure.finding.rule},
           {"node", failure.finding.node},
           {"detail", failure.finding.detail},
           {"needs", Json::array()},
           {"draw", JsonOf(failure.draw)}};
  for (const NamedChoice& choice : failure.needs) {
    out["needs"].push_back(fmt::format("{}: {}", choice.dimension, choice.choice));
  }
  WriteFile(folder / kCaseFile,
            out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

KeptCase ParseCase(std::string_view text) {
  const nlohmann::json json = ParseBoundedJson(text);
  return {TextOf(json, "pass"),
          NumberOf(json, "seed"),
          NumberOf(json, "index"),
          {TextOf(json, "rule"), TextOf(json, "node"), TextOf(json, "detail")},
          DrawOf(Field(json, "draw"))};
}

KeptCase ReadCase(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kCaseFile;
  return Within(path.string(), [&] { return ParseCase(ReadText(path)); });
}

}  // namespace foldproof::fuzz
