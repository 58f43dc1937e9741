// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include "harness/prove/verdict/names.h"
#include "reports/findings.h"
#include "reports/gate.h"
#include "reports/held_text.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

// "2 sites, at most 1 LSB where 1.002 LSB are allowed": the tail that is nearest to its tolerance.
std::string FiguresText(const Report& report) {
  std::string out = fmt::format("{}, {} site{}", prove::NameOf(report.verdict), report.sites.size(),
                                report.sites.size() == 1 ? "" : "s");
  double worst = -1, allowed = 0;
  for (const ReportedSite& site : report.sites) {
    for (const ReportedTail& tail : site.tails) {
      const double lsb = GateFigures(tail, report.gate).lsb;
      if (lsb <= worst) continue;
      worst = lsb;
      allowed = tail.tolerance_lsb;
    }
  }
  return worst < 0
             ? out
             : out + fmt::format("; at most {}, {} allowed", LsbText(worst), LsbText(allowed));
}

std::string FindingText(const Finding& finding) {
  return NameText(finding.rule) + (finding.where.empty() ? "" : " at " + finding.where) +
         (finding.message.empty() ? "" : ": " + finding.message);
}

// The first of the findings that count, and how many there are besides.
std::string WhyText(const GatedPair& pair) {
  if (pair.status == PairStatus::kUnusable) return PrintableMessage(pair.why_unusable);
  if (pair.findings.empty()) return FiguresText(*pair.report);
  const bool waived = pair.status == PairStatus::kWaived;
  const auto counts = [&](const Finding& finding) { return finding.waived.has_value() == waived; };
  const auto first = std::ranges::find_if(pair.findings, counts);
  if (first == pair.findings.end()) return FiguresText(*pair.report);
  const auto more = std::ranges::count_if(pair.findings, counts) - 1;
  std::string out =
      waived ? FindingText(*first) + "; " + WaivedText(*first->waived) : FindingText(*first);
  return more > 0 ? out + fmt::format(" (and {} more)", more) : out;
}

std::string WaiverLine(const Gate& gate, std::size_t w) {
  const Waiver& waiver = gate.waivers[w];
  const std::string place =
      waiver.line > 0 ? fmt::format("{}:{}", Printable(gate.configuration.file, 400), waiver.line)
                      : Printable(gate.configuration.file, 400);
  const WaiverStanding& standing = gate.standing[w];
  return fmt::format("{:<9} waiver at {} ({}: {}): {}\n", Capitals(NameOf(standing.status)), place,
                     NameText(waiver.pair), NameText(waiver.rule), standing.why);
}

// "4 hold", "1 holds", "2 waived"
const char* CountedAs(PairStatus status, std::size_t count) {
  if (count != 1 && status == PairStatus::kHolds) return "hold";
  if (count != 1 && status == PairStatus::kDiffers) return "differ";
  return NameOf(status);
}

}  // namespace

std::string EmptyShardText(const std::string& shard, std::size_t pairs) {
  return fmt::format("shard {} has none of the {} pair{}, so nothing is judged here",
                     NameText(shard), pairs, pairs == 1 ? "" : "s");
}

std::string GateSummary(const Gate& gate, const GateShard* shard) {
  std::size_t width = 0;
  for (const GatedPair& pair : gate.pairs) width = std::max(width, pair.name.size());
  std::string out;
  for (const GatedPair& pair : gate.pairs) {
    out += fmt::format("{:<9} {:<{}}  {}\n", Capitals(NameOf(pair.status)), pair.name,
                       std::min<std::size_t>(width, 40), WhyText(pair));
    if (pair.status != PairStatus::kHolds && pair.report) out += NoteLines(pair.report->notes);
  }
  for (std::size_t w = 0; w < gate.waivers.size(); ++w) {
    if (gate.standing[w].status != WaiverStatus::kUsed) out += WaiverLine(gate, w);
  }
  if (gate.pairs.empty() && gate.exit_code == 0 && shard != nullptr)
    return out + "EMPTY: " + EmptyShardText(shard->shard, shard->all.size()) + "\n";
  const char* word = gate.exit_code == 0   ? "HOLDS"
                     : gate.exit_code == 1 ? "DIFFERS"
                     : gate.exit_code == 2 ? "UNPROVED"
                                           : "UNUSABLE";
  out +=
      fmt::format("{}: of {} pair{}", word, gate.pairs.size(), gate.pairs.size() == 1 ? "" : "s");
  std::string between = " ";
  for (const PairStatus status : {PairStatus::kHolds, PairStatus::kWaived, PairStatus::kUnproved,
                                  PairStatus::kDiffers, PairStatus::kUnusable}) {
    if (gate.Count(status) == 0) continue;
    out +=
        fmt::format("{}{} {}", between, gate.Count(status), CountedAs(status, gate.Count(status)));
    between = ", ";
  }
  if (const std::size_t expired = gate.Count(WaiverStatus::kExpired))
    out += fmt::format("; {} waiver{} expired", expired, expired == 1 ? " has" : "s have");
  return out + "\n";
}

}  // namespace foldproof::reports
