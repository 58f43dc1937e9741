// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/campaign_merge.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "fuzz/campaign_report.h"
#include "fuzz/case_folder.h"
#include "fuzz/shard_json.h"
#include "src/base/refuse.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

std::string WithoutCaseFolders(const std::string& text) {
  Json report = Json::parse(text);
  for (Json& failure : report["failures"]) failure["case"] = nullptr;
  return report.dump();
}

// Two reports of one campaign may have kept its cases in two folders, and differ in nothing else.
void AddTo(WholeReport& known, const WholeReport& other) {
  if (known.report == other.report) return;
  known.report = WithoutCaseFolders(known.report);
  if (known.report != WithoutCaseFolders(other.report)) {
    Refuse(other.name, "says something else of the same campaign than " + known.name);
  }
}

// A whole report is not made anew of its parts, so it has to be of one piece.
void CheckOnePiece(const JsonField& root, const CampaignResult& told) {
  if (told.refused + told.proved + told.unproved + told.failed != told.cases)
    root.At("cases").Fail("is not the sum of what became of them");
  // Whether it was stopped before its first case it does not say.
  const auto code = static_cast<ExitCode>(root.At("exit_code").Count(4));
  const bool fits = code == ExitCodeOf(told) || (told.cases == 0 && code == ExitCode::kUnproved);
  if (!fits) root.At("exit_code").Fail("is not what the cases came to");
  root.At("verdict").OneOf({VerdictOf(code)});
  std::uint64_t blocks = 0;
  root.At("coverage").At("dimensions").Each([&](const JsonField& dimension) {
    std::uint64_t made = 0;
    dimension.At("choices").Each(
        [&](const JsonField& choice) { made += choice.At("count").Unsigned(); });
    if (blocks == 0) blocks = made;
    if (made != blocks || made < told.cases) dimension.Fail("counts other blocks than were drawn");
  });
}

// Of no more cases than the whole may a part say that they came to something.
void CheckHolds(const WholeReport& whole, const CampaignPart& part) {
  const CampaignResult told = ParseCampaignReport(whole.report);
  CaseRange sum;
  for (const CaseRange& range : part.ranges) {
    sum.refused += range.refused;
    sum.proved += range.proved;
    sum.unproved += range.unproved;
    sum.failed += range.failed;
  }
  if (sum.refused > told.refused || sum.proved > told.proved || sum.unproved > told.unproved ||
      sum.failed > told.failed) {
    Refuse(whole.name, "says something else of the same cases than its parts do");
  }
}

}  // namespace

void PartReports::Add(const std::string& name, std::string_view text) {
  const nlohmann::json json = ParseCampaignJson(text);
  const JsonField root(json);
  root.At("report").OneOf({"fuzz"});
  if (root.Find("shard")) {
    parts_.push_back(PartIn(root, name));
    return;
  }
  if (!root.Find("coverage")) Refuse("is the report of no campaign with a pass; it has no parts");
  CheckOnePiece(root, ParseCampaignReport(text));
  Json report = Json::parse(text);
  report.erase("run");
  WholeReport whole{name, CampaignOf(root), report.dump()};
  if (!whole_) {
    whole_ = std::move(whole);
    return;
  }
  UnionOf({{whole.name, whole.campaign, {}, {}, Coverage(whole.campaign.family)},
           {whole_->name, whole_->campaign, {}, {}, Coverage(whole_->campaign.family)}});
  AddTo(*whole_, whole);
}

std::optional<WholeReport> PartReports::Whole() const {
  if (!whole_) return std::nullopt;
  std::vector<CampaignPart> all{
      {whole_->name, whole_->campaign, {}, {}, Coverage(whole_->campaign.family)}};
  all.insert(all.end(), parts_.begin(), parts_.end());
  CheckHolds(*whole_, UnionOf(std::move(all)));
  return whole_;
}

}  // namespace foldproof::fuzz
