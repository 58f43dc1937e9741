// SPDX-License-Identifier: BSD-3-Clause
#include "reports/gate.h"

#include <algorithm>

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

bool Covers(const Waiver& waiver, const GatedPair& pair, const Finding& finding) {
  if (waiver.rule != finding.rule || !MatchesGlob(waiver.pair, pair.name)) return false;
  if (!IsAt(waiver, *pair.report, finding)) return false;
  if (!waiver.up_to_lsb) return true;
  if (!finding.tail) return false;  // it has no figure
  const ReportedTail& tail = pair.report->sites[*finding.site].tails[*finding.tail];
  return GateFigures(tail, pair.report->gate).lsb <= *waiver.up_to_lsb;
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
  WaiverCourt(Gate& gate, std::string_view today) : gate_(gate), today_(today) {
    gate_.standing.assign(gate_.waivers.size(), WaiverStatus::kUnused);
    gate_.waiver_of.resize(gate_.waivers.size());
    for (std::size_t w = 0; w < gate_.waivers.size(); ++w) {
      if (IsExpired(w)) gate_.standing[w] = WaiverStatus::kExpired;
    }
  }

  void Run() {
    for (GatedPair& pair : gate_.pairs) Judge(pair);
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
      if (!Covers(gate_.waivers[w], pair, finding)) continue;
      auto& needed = gate_.waiver_of[w];
      if (needed.empty() || needed.back() != pair.name) needed.push_back(pair.name);
      if (IsExpired(w)) continue;
      gate_.standing[w] = WaiverStatus::kUsed;
      if (found == Gate::kNoWaiver) found = w;
    }
    return found;
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
};

}  // namespace

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
    case WaiverStatus::kExpired: return "expired";
  }
  return "";
}

std::size_t Gate::Count(PairStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(pairs, status, &GatedPair::status));
}

std::size_t Gate::Count(WaiverStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(standing, status));
}

Gate ApplyWaivers(verify::FileIdentity configuration, std::vector<GatedPair> pairs,
                  std::vector<Waiver> waivers, std::string_view today) {
  Gate gate;
  gate.configuration = std::move(configuration);
  gate.pairs = std::move(pairs);
  gate.waivers = std::move(waivers);
  WaiverCourt(gate, today).Run();
  return gate;
}

}  // namespace foldproof::reports
