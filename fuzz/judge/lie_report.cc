// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/judge/lie_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "fuzz/judge/lie_case.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

Json CountsOf(const LieCampaignResult& result) {
  return {{"unmade", result.unmade},     {"refused", result.refused}, {"differs", result.differs},
          {"unproved", result.unproved}, {"not_run", result.not_run}, {"held", result.held},
          {"lied", result.lied},         {"flips", result.flips}};
}

Json ReasonsOf(const std::map<std::string, std::uint64_t>& reasons) {
  std::vector<std::pair<std::string, std::uint64_t>> sorted(reasons.begin(), reasons.end());
  std::ranges::stable_sort(sorted, std::greater(), &std::pair<std::string, std::uint64_t>::second);
  constexpr std::size_t kMost = 64;
  Json out = Json::array();
  for (std::size_t i = 0; i < std::min(sorted.size(), kMost); ++i) {
    out.push_back({{"reason", Printable(sorted[i].first, 300)}, {"count", sorted[i].second}});
  }
  return out;
}

Json KindsCounted(const LieCampaignResult& result) {
  Json out = Json::array();
  for (const auto& [name, of_kind] : result.kinds) {
    out.push_back({{"change", name},
                   {"cases", of_kind.cases},
                   {"held", of_kind.held},
                   {"lied", of_kind.lied}});
  }
  return out;
}

}  // namespace

Json LieReport(const LieCampaignResult& result, const LieRun& run) {
  Json out{{"report", "fuzz"},
           {"schema_version", 1},
           {"verdict", result.lied == 0 ? "within" : "differs"},
           {"exit_code", result.lied == 0 ? 0 : 1},
           {"seed", result.seed},
           {"next", result.next},
           {"cases", result.cases},
           {"failed", result.lied},
           {"judge", CountsOf(result)},
           {"unproved_reasons", ReasonsOf(result.unproved_reasons)},
           {"failures", Json::array()}};
  out["judge"]["not_run_reasons"] = ReasonsOf(result.not_run_reasons);
  out["judge"]["changes"] = KindsCounted(result);
  Json seconds = Json::array();
  for (const FoundLie& lie : result.lies) {
    out["failures"].push_back({{"rule", lie.lie.rule},
                               {"count", lie.count},
                               {"case", run.out.empty() ? Json() : Json(FolderName(lie))},
                               {"node", Printable(lie.lie.place, 200)},
                               {"detail", PrintableMessage(lie.lie.detail)},
                               {"needs", lie.needs},
                               {"family", lie.family},
                               {"first", lie.first},
                               {"draws_tried", lie.tried},
                               {"draw", JsonOf(lie.draw)}});
    seconds.push_back(lie.seconds);
  }
  out["run"] = {{"command", run.command},  {"seconds", result.seconds}, {"found_seconds", seconds},
                {"threads", run.threads},  {"version", run.version},    {"machine", run.machine},
                {"executor", run.executor}};
  return out;
}

Json FaultyJudgesReport(const std::vector<HuntedJudge>& hunted, const LieCampaignOptions& options,
                        double seconds, const LieRun& run) {
  const bool all = std::ranges::all_of(hunted, &HuntedJudge::found);
  Json out{
      {"report", "fuzz"},         {"schema_version", 1},  {"verdict", all ? "within" : "differs"},
      {"exit_code", all ? 0 : 1}, {"seed", options.seed}, {"mutants", Json::array()}};
  std::uint64_t cases = 0;
  for (const HuntedJudge& judge : hunted) {
    cases = std::max(cases, judge.cases);
    out["mutants"].push_back({{"name", judge.name},
                              {"breaks", judge.breaks},
                              {"killed", judge.found},
                              {"rule", judge.found ? Json(judge.rule) : Json()},
                              {"cases", judge.cases},
                              {"needs", judge.needs}});
  }
  out["cases"] = cases;
  out["failures"] = Json::array();
  out["run"] = {{"command", run.command}, {"seconds", seconds},     {"threads", run.threads},
                {"version", run.version}, {"machine", run.machine}, {"executor", run.executor}};
  return out;
}

std::string LieProgress(const LieCampaignResult& result) {
  return fmt::format(
      "{:.0f} s: {} pairs, {} differ, {} unproved, {} hold, {} not run, {} unmade or refused; "
      "{} lies of {} kinds",
      result.seconds, result.cases, result.differs, result.unproved, result.held, result.not_run,
      result.unmade + result.refused, result.lied, result.lies.size());
}

std::string LieSummary(const LieCampaignResult& result, const LieRun& run) {
  std::string out = LieProgress(result) + "\n";
  for (const FoundLie& lie : result.lies) {
    out += fmt::format("  {} ({}) by {}: {} cases, found after {:.1f} s\n    {}: {}\n",
                       lie.lie.rule, lie.family, fmt::join(lie.needs, ", "), lie.count, lie.seconds,
                       Printable(lie.lie.place, 80), PrintableMessage(lie.lie.detail));
    if (!run.out.empty()) out += fmt::format("    {}/{}\n", run.out, FolderName(lie));
  }
  return out;
}

}  // namespace foldproof::fuzz
