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
  ParseCampaignReport(text);  // whatever it says can be read
  root.At("exit_code").Count(4);
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
  UnionOf(std::move(all));
  return whole_;
}

}  // namespace foldproof::fuzz
