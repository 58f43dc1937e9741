// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/campaign_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "fuzz/case_files.h"
#include "fuzz/case_folder.h"
#include "fuzz/dimensions.h"
#include "fuzz/draw_json.h"
#include "fuzz/shard_json.h"
#include "src/json/json_field.h"

namespace foldproof::fuzz {
namespace {

using Json = nlohmann::ordered_json;

Json NeedsJson(const std::vector<NamedChoice>& needs) {
  Json out = Json::array();
  for (const NamedChoice& choice : needs) {
    out.push_back(fmt::format("{}: {}", choice.dimension, choice.choice));
  }
  return out;
}

Json FailureJson(const Failure& failure, const CampaignRun& run) {
  return {{"rule", failure.finding.rule},
          {"count", failure.count},
          {"case", run.out.empty() ? Json() : Json(run.out + "/" + FolderName(failure))},
          {"node", failure.finding.node},
          {"detail", failure.finding.detail},
          {"needs", NeedsJson(failure.needs)},
          {"first", failure.first},
          {"draws_tried", failure.tried},
          {"shrunk", failure.shrunk},
          {"draw", JsonOf(failure.draw)}};
}

Json CoverageJson(const Coverage& coverage) {
  Json dimensions = Json::array();
  const auto all = Dimensions(coverage.family());
  for (std::size_t d = 0; d < all.size(); ++d) {
    Json choices = Json::array();
    for (std::size_t c = 0; c < all[d].choices.size(); ++c) {
      choices.push_back({{"choice", all[d].choices[c].name}, {"count", coverage.CountOf(d, c)}});
    }
    dimensions.push_back({{"dimension", all[d].name}, {"choices", std::move(choices)}});
  }
  return {{"pairs", coverage.pairs()},
          {"pairs_seen", coverage.pairs_seen()},
          {"dimensions", std::move(dimensions)}};
}

// "1 case", "2 cases"
std::string Counted(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

double Percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// Those of the draw's choices that the report lists; all, where it lists none.
std::vector<NamedChoice> NeedsOf(const JsonField& failure, const Draw& draw) {
  std::vector<NamedChoice> needs = NotPlain(draw);
  const auto listed = failure.Find("needs");
  if (!listed) return needs;
  std::set<std::string> names;
  listed->Each([&](const JsonField& need) { names.insert(need.Text()); });
  std::erase_if(needs, [&](const NamedChoice& choice) {
    return !names.contains(fmt::format("{}: {}", choice.dimension, choice.choice));
  });
  return needs;
}

Json MissingJson(const CampaignPart& part) {
  Json out = Json::array();
  for (const CaseRange& range : MissingOf(part)) {
    out.push_back({{"begin", range.begin},
                   {"end", range.end},
                   {"shard", range.shard.empty() ? Json(nullptr) : Json(range.shard)}});
  }
  return out;
}

Json ReportWith(const CampaignResult& result, const CampaignRun& run, const CampaignPart* part,
                Json missing) {
  const ExitCode code = ExitCodeOf(result);
  Json out{{"report", "fuzz"},
           {"schema_version", 1},
           {"verdict", VerdictOf(code)},
           {"exit_code", static_cast<int>(code)},
           {"pass", run.terms.pass},
           {"options", TermsJson(run.terms)},
           {"seed", result.seed},
           {"first", result.first},
           {"next", result.next},
           {"cases", result.cases},
           {"refused", result.refused},
           {"proved", result.proved},
           {"unproved", result.unproved},
           {"failed", result.failed},
           {"internal_errors", result.internal_errors},
           {"unproved_reasons", Json::array()},
           {"failures", Json::array()},
           {"coverage", CoverageJson(result.coverage)}};
  for (const auto& [reason, count] : result.unproved_reasons) {
    out["unproved_reasons"].push_back({{"reason", reason}, {"count", count}});
  }
  nlohmann::json family = nlohmann::json::object();
  WriteFamily(result.coverage.family(), family);
  out.update(family);
  Json seconds = Json::array();
  for (const Failure& failure : result.failures) {
    out["failures"].push_back(FailureJson(failure, run));
    seconds.push_back(failure.seconds);
  }
  if (!missing.empty()) out["missing"] = std::move(missing);
  if (part != nullptr) out["shard"] = ShardJson(*part);
  out["run"] = {{"command", run.command},
                {"seconds", result.seconds},
                {"found_at", std::move(seconds)},
                {"threads", run.threads},
                {"version", run.version},
                {"machine", run.machine},
                {"peak_rss_mb", run.peak_rss_mb},
                {"peak_worker_rss_mb", run.peak_worker_rss_mb},
                {"processor_seconds", run.processor_seconds}};
  return out;
}

}  // namespace

ExitCode ExitCodeOf(const CampaignResult& result) {
  if (result.internal_errors > 0) return ExitCode::kInternal;
  if (result.cases == 0 && result.stopped) return ExitCode::kUnproved;
  return result.failures.empty() && result.failed == 0 ? ExitCode::kHolds : ExitCode::kDiffers;
}

const char* VerdictOf(ExitCode code) {
  if (code == ExitCode::kHolds) return "within";
  return code == ExitCode::kUnproved ? "unproved" : "differs";
}

Json CampaignReport(const CampaignResult& result, const CampaignRun& run,
                    const CampaignPart* part) {
  return ReportWith(result, run, part, Json::array());
}

Json PartialReport(const CampaignResult& result, const CampaignRun& run, const CampaignPart& part) {
  return ReportWith(result, run, &part, MissingJson(part));
}

CampaignResult ResultOf(const nlohmann::json& report) {
  const JsonField root(report);
  CampaignResult out;
  out.coverage = Coverage(FamilyIn(root));
  out.seed = root.At("seed").Unsigned();
  out.next = root.At("next").Unsigned();
  out.cases = root.At("cases").Unsigned();
  const auto first = root.Find("first");
  if (!first && out.cases > out.next) root.At("cases").Fail("is above 'next'");
  out.first = first ? first->Unsigned() : out.next - out.cases;
  if (out.next - out.first != out.cases) {
    root.At("cases").Fail("must be those from 'first' to 'next'");
  }
  out.refused = root.At("refused").Unsigned();
  out.proved = root.At("proved").Unsigned();
  out.unproved = root.At("unproved").Unsigned();
  out.failed = root.At("failed").Unsigned();
  if (const auto errors = root.Find("internal_errors")) out.internal_errors = errors->Unsigned();
  root.At("failures").Each([&](const JsonField& one) {
    Failure failure;
    failure.finding = {one.At("rule").Text(), one.At("node").Text(), one.At("detail").Text()};
    failure.count = one.At("count").Unsigned();
    failure.first = one.At("first").Unsigned();
    failure.draw = DrawOf(one.At("draw"));
    failure.needs = NeedsOf(one, failure.draw);
    if (const auto shrunk = one.Find("shrunk")) failure.shrunk = shrunk->Truth();
    out.failures.push_back(std::move(failure));
  });
  return out;
}

CampaignResult ParseCampaignReport(std::string_view text) {
  return ResultOf(ParseCampaignJson(text));
}

std::string ProgressLine(const CampaignResult& result) {
  const double seconds = std::max(result.seconds, 1e-9);
  return fmt::format(
      "{}, {:.0f}/s, {:.1f} % refused, {:.1f} % proved, {:.1f} % unproved, {} failed ({}), {:.1f} "
      "% "
      "of pairs",
      Counted(result.cases, "case"), static_cast<double>(result.cases) / seconds,
      Percent(result.refused, result.cases), Percent(result.proved, result.cases),
      Percent(result.unproved, result.cases), result.failed,
      Counted(result.failures.size(), "cause"),
      Percent(result.coverage.pairs_seen(), result.coverage.pairs()));
}

std::string ProgressText(const CampaignProgress& progress, std::optional<std::uint64_t> cases) {
  const CampaignResult& result = progress.result;
  std::string out =
      cases ? fmt::format("{} of {} cases", result.cases, *cases) : Counted(result.cases, "case");
  if (result.failed > 0)
    out += fmt::format(", {} failed ({})", result.failed, Counted(result.failures.size(), "cause"));
  if (progress.shrinking.empty()) return out;
  const std::string of = progress.of > progress.number ? fmt::format(" of {}", progress.of) : "";
  return out + fmt::format(", shrinking cause {}{} ({})", progress.number, of,
                           Printable(progress.shrinking, 40));
}

std::string CampaignSummary(const CampaignResult& result, const CampaignRun& run) {
  std::string out = fmt::format("{}: {}\n", run.terms.pass, ProgressLine(result));
  if (result.cases == 0 && result.stopped)
    out += "  not one case was examined; the time that a pass takes to start counts\n";
  if (result.cases == 0 && !result.stopped)
    out += "  this shard has none of the campaign's cases, so nothing was examined here\n";
  if (result.internal_errors > 0) {
    out += fmt::format(
        "  foldproof itself failed {} times (internal-error below): that is our fault, not the "
        "pass's; please report it with the case\n",
        result.internal_errors);
  }
  for (const Failure& failure : result.failures) {
    out += fmt::format("  {} ({}, found after {:.1f} s)", failure.finding.rule,
                       Counted(failure.count, "case"), failure.seconds);
    for (std::size_t i = 0; i < failure.needs.size(); ++i) {
      out += fmt::format("{}{}: {}", i == 0 ? " needs " : ", ", failure.needs[i].dimension,
                         failure.needs[i].choice);
    }
    if (!failure.shrunk) out += "; as it was drawn, for there was no time to make it plainer";
    out += fmt::format("\n    {}{}{}\n", Printable(failure.finding.node, 80),
                       failure.finding.node.empty() ? "" : ": ",
                       PrintableMessage(failure.finding.detail));
    if (!run.out.empty()) out += fmt::format("    {}/{}\n", run.out, FolderName(failure));
  }
  return out;
}

}  // namespace foldproof::fuzz
