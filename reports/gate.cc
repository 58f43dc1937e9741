// SPDX-License-Identifier: BSD-3-Clause
#include "reports/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/compare/tolerance_file.h"
#include "reports/fingerprint.h"

namespace foldproof::reports {
namespace {

using compare::MatchesGlob;
using prove::Verdict;

bool IsAt(const Waiver& waiver, const Report& report, const Finding& finding) {
  if (waiver.site.empty() || MatchesGlob(waiver.site, finding.node)) return true;
  if (!finding.site) return false;
  const ReportedSite& site = report.sites[*finding.site];
  return MatchesGlob(waiver.site, site.before_conv) || MatchesGlob(waiver.site, site.after_conv);
}

bool IsFor(const Waiver& waiver, const GatedPair& pair, const Finding& finding) {
  return waiver.rule == finding.rule && MatchesGlob(waiver.pair, pair.name) &&
         IsAt(waiver, *pair.report, finding);
}

// What is left to say of a waiver that would let more pass than its up_to_lsb.
std::string ExceededText(const Waiver& waiver, const GatedPair& pair, const Finding& finding) {
  const std::string most = fmt::format("{:.10g}", *waiver.up_to_lsb);
  const std::string name = NameText(pair.name);
  const auto lsb = FigureOf(pair, finding);
  if (!lsb)
    return name + " has it without a figure that up_to_lsb = " + most +
           " could be held to; mend "
           "that, or leave up_to_lsb out and say why";
  return fmt::format(
      "{} is up to {} apart there, more than its up_to_lsb = {}; mend that, or raise "
      "it and say why",
      name, LsbText(*lsb), most);
}

// The verdict of a site or of the program is that of no finding: a waiver must not reach it.
bool IsWorseThanItsFindings(const Report& report) {
  return std::ranges::any_of(report.sites, [](const ReportedSite& site) {
    Verdict worst = Verdict::kEqual;
    for (const ReportedTail& tail : site.tails) worst = std::max(worst, tail.verdict);
    return !site.tails.empty() && site.verdict == Verdict::kDiffers && worst != Verdict::kDiffers;
  });
}

class WaiverCourt {
 public:
  WaiverCourt(Gate& gate, std::string_view today, const std::vector<std::string>& all)
      : gate_(gate), today_(today), all_(all), exceeded_(gate.waivers.size()) {
    gate_.standing.resize(gate_.waivers.size());
  }

  void Run() {
    for (GatedPair& pair : gate_.pairs) Judge(pair);
    for (std::size_t w = 0; w < gate_.waivers.size(); ++w) Settle(w);
    gate_.exit_code =
        gate_.Count(PairStatus::kUnusable) > 0                                             ? 3
        : gate_.Count(PairStatus::kDiffers) > 0 || gate_.Count(WaiverStatus::kExpired) > 0 ? 1
        : gate_.Count(PairStatus::kUnproved) > 0                                           ? 2
                                                                                           : 0;
  }

 private:
  bool IsExpired(std::size_t w) const { return today_ > gate_.waivers[w].expires; }

  // The first waiver that counts today and covers it. Notes all that cover it as needed.
  std::size_t WaiverFor(const GatedPair& pair, const Finding& finding) {
    std::size_t found = Gate::kNoWaiver;
    for (std::size_t w = 0; w < gate_.waivers.size(); ++w) {
      const Waiver& waiver = gate_.waivers[w];
      if (!IsFor(waiver, pair, finding)) continue;
      if (waiver.up_to_lsb) {
        const auto lsb = FigureOf(pair, finding);
        if (!lsb || !(*lsb <= *waiver.up_to_lsb)) {
          if (exceeded_[w].empty()) exceeded_[w] = ExceededText(waiver, pair, finding);
          continue;
        }
      }
      auto& needed = gate_.standing[w].needed_by;
      if (needed.empty() || needed.back() != pair.name) needed.push_back(pair.name);
      if (!IsExpired(w) && found == Gate::kNoWaiver) found = w;
    }
    return found;
  }

  // Why nothing says yet whether a waiver that nothing judged needs is needed; empty: all pairs
  // that it is for were judged.
  std::string WhyUnjudged(const Waiver& waiver) const {
    std::set<std::string> here;
    std::string unusable;
    for (const GatedPair& pair : gate_.pairs) {
      here.insert(pair.name);
      const bool is_such = !pair.report && MatchesGlob(waiver.pair, pair.name);
      if (is_such && unusable.empty()) unusable = pair.name;
    }
    if (!unusable.empty())
      return NameText(unusable) + " cannot be used, so nothing says whether this is needed";
    for (const std::string& name : all_) {
      if (here.contains(name) || !MatchesGlob(waiver.pair, name)) continue;
      return NameText(name) +
             " is not judged here; `gate merge` of all shards says whether this is needed";
    }
    return "";
  }

  bool IsForSomePair(const Waiver& waiver) const {
    const auto matches = [&](const std::string& name) { return MatchesGlob(waiver.pair, name); };
    return std::ranges::any_of(all_, matches) ||
           std::ranges::any_of(gate_.pairs, matches, &GatedPair::name);
  }

  // What became of a waiver once all pairs are judged, and what to do about it.
  void Settle(std::size_t w) {
    const Waiver& waiver = gate_.waivers[w];
    WaiverStanding& standing = gate_.standing[w];
    const bool expired = IsExpired(w);
    if (!standing.needed_by.empty() && !expired) {
      standing.status = WaiverStatus::kUsed;
      return;
    }
    const std::string unjudged = WhyUnjudged(waiver);
    if (!standing.needed_by.empty()) {
      standing.why = NameText(standing.needed_by.front()) +
                     " still needs it; mend that, or give a new day and why";
    } else if (!exceeded_[w].empty()) {
      standing.status = WaiverStatus::kExceeded;
      standing.why = exceeded_[w];
    } else if (!unjudged.empty()) {
      standing.status = WaiverStatus::kUnjudged;
      standing.why = unjudged;
    } else {
      standing.why = !IsForSomePair(waiver) ? "no pair has such a name; remove it"
                     : expired              ? "nothing needs it any more; remove it"
                                            : "nothing needs it; remove it";
    }
    if (!expired) return;
    standing.status = WaiverStatus::kExpired;
    standing.why = "it counted until " + waiver.expires + ", and " + standing.why;
  }

  void Judge(GatedPair& pair) {
    if (!pair.report) {
      pair.status = PairStatus::kUnusable;
      return;
    }
    Report& report = *pair.report;
    report.name = pair.name;
    if (report.exit_code == 0) return;  // what it says of unproved parts is allowed
    bool differs = IsWorseThanItsFindings(report), unproved = false;
    for (Finding& finding : FindingsOf(report)) {
      if (finding.level == Level::kNote) continue;
      const std::size_t waiver = WaiverFor(pair, finding);
      if (waiver == Gate::kNoWaiver) {
        differs |= finding.level == Level::kError;
        unproved |= finding.level == Level::kWarning;
      } else {
        const Waiver& by = gate_.waivers[waiver];
        finding.waived = {by.reason, by.expires};
        report.waived.emplace(Fingerprint(finding.key), *finding.waived);
      }
      pair.findings.push_back(std::move(finding));
      pair.waived_by.push_back(waiver);
    }
    unproved &= !pair.allow_unproved;
    pair.status = differs    ? PairStatus::kDiffers
                  : unproved ? PairStatus::kUnproved
                             : PairStatus::kWaived;
    report.exit_code = differs ? 1 : unproved ? 2 : 0;
  }

  Gate& gate_;
  std::string_view today_;
  const std::vector<std::string>& all_;
  std::vector<std::string> exceeded_;  // of each waiver, what has it that is too much for it
};

}  // namespace

std::optional<double> FigureOf(const GatedPair& pair, const Finding& finding) {
  if (!finding.tail) return std::nullopt;
  const ReportedTail& tail = pair.report->sites[*finding.site].tails[*finding.tail];
  return GateFigures(tail, pair.report->gate).lsb;
}

const char* NameOf(PairStatus status) {
  switch (status) {
    case PairStatus::kHolds: return "holds";
    case PairStatus::kWaived: return "waived";
    case PairStatus::kUnproved: return "unproved";
    case PairStatus::kDiffers: return "differs";
    case PairStatus::kUnusable: return "unusable";
  }
  return "";
}

const char* NameOf(WaiverStatus status) {
  switch (status) {
    case WaiverStatus::kUsed: return "used";
    case WaiverStatus::kUnused: return "unused";
    case WaiverStatus::kExceeded: return "exceeded";
    case WaiverStatus::kUnjudged: return "unjudged";
    case WaiverStatus::kExpired: return "expired";
  }
  return "";
}

std::size_t Gate::Count(PairStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(pairs, status, &GatedPair::status));
}

std::size_t Gate::Count(WaiverStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(standing, status, &WaiverStanding::status));
}

Gate ApplyWaivers(verify::FileIdentity configuration, std::vector<GatedPair> pairs,
                  std::vector<Waiver> waivers, std::string_view today,
                  const std::vector<std::string>& all) {
  Gate gate;
  gate.configuration = std::move(configuration);
  gate.pairs = std::move(pairs);
  gate.waivers = std::move(waivers);
  WaiverCourt(gate, today, all).Run();
  return gate;
}

}  // namespace foldproof::reports
