// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "fuzz/case_folder.h"
#include "fuzz/draw_json.h"
#include "fuzz/program_of_draw.h"
#include "harness/prove/witness/confirm.h"
#include "src/base/error.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/json/json_field.h"
#include "src/pt2/writer.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

// The worst input of every site, run on both sides.
void WriteWitnesses(const ir::Program& before, const ir::Program& after, exec::Executor& executor,
                    const std::filesystem::path& folder) {
  const prove::Side left(before), right(after);
  const prove::ProveOptions options;
  prove::Proof proof = prove::Prove(left, right, options);
  prove::ConfirmWitnesses(left, right, {{&executor, &executor, executor.Describe()}}, {}, folder,
                          proof);
}

// What an external pass wrote and nobody can use, as it is, so that it can be looked at. One that
// raised did not come to an end: what it left is no answer.
void KeepUnusable(const passes::PassAnswer& answer, const std::filesystem::path& path) {
  if (answer.kind != passes::PassAnswer::Kind::kRaised || answer.file.empty()) return;
  if (answer.rule != "program-unusable" && answer.rule != "signature-changed") return;
  std::error_code failed;
  std::filesystem::copy_file(answer.file, path, std::filesystem::copy_options::overwrite_existing,
                             failed);
  if (failed) throw Error(Error::Code::kOutput, path.string(), failed.message());
}

}  // namespace

std::string FolderName(const Failure& failure) {
  // The name is made of the draw, as shrinking may find that less is needed.
  const std::vector<NamedChoice> choices = NotPlain(failure.draw);
  std::vector<std::string_view> needs;
  for (const NamedChoice& choice : choices) {
    needs.push_back(choice.dimension);
    needs.push_back(choice.choice);
  }
  return FolderNameOf(failure.finding.rule, needs);
}

void WriteCase(const Failure& failure, std::uint64_t seed, const std::string& pass,
               const std::filesystem::path& folder) {
  MakeFolder(folder);
  pt2::WriteProgram(ProgramOf(failure.draw), {}, folder / "before.pt2");
  Json out{{"case_version", 1},
           {"pass", pass},
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
  WriteCaseFile(folder, out);
}

void WriteOutcome(const Draw& draw, passes::PassUnderTest& pass, exec::Executor& executor,
                  const std::filesystem::path& folder) {
  const ir::Program before = ProgramOf(draw);
  const passes::PassAnswer answer = pass.Run(before);
  KeepUnusable(answer, folder / "after.pt2");
  if (!answer.traceback.empty()) WriteFile(folder / "traceback.txt", answer.traceback);
  if (answer.kind == passes::PassAnswer::Kind::kRaised) return;
  pt2::WriteProgram(answer.program, {}, folder / "after.pt2");
  try {
    WriteWitnesses(before, answer.program, executor, folder);
  } catch (const Error& error) {
    if (error.code() == Error::Code::kOutput) throw;  // what cannot be compared has no witness
  }
}

KeptCase ParseCase(std::string_view text) {
  const nlohmann::json json = ParseCampaignJson(text);
  const JsonField root(json);
  return {root.At("pass").Text(),
          root.At("seed").Unsigned(),
          root.At("index").Unsigned(),
          {root.At("rule").Text(), root.At("node").Text(), root.At("detail").Text()},
          DrawOf(root.At("draw"))};
}

KeptCase ReadCase(const std::filesystem::path& folder) {
  return Within(CaseFileOf(folder).string(), [&] { return ParseCase(ReadCaseFile(folder)); });
}

}  // namespace foldproof::fuzz
