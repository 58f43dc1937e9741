// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/prove/verdict/names.h"
#include "reports/findings.h"
#include "reports/fingerprint.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using prove::Verdict;

// What a report says, by key, in its order.
struct Standings {
  std::vector<std::string> order;
  std::map<std::string, Standing> of;
  // Sites without tails, by the key that their tails would start with.
  std::map<std::string, Standing> whole_sites;
  std::set<std::string> with_tails;  // keys of the other sites

  void Add(const std::string& key, Standing standing) {
    order.push_back(key);
    of.emplace(key, std::move(standing));
  }
};

class StandingsReader {
 public:
  StandingsReader(const Report& report, const ReportedGate& gate) : report_(report), gate_(gate) {}

  Standings Run() {
    const std::vector<std::string> structure = StructureKeys(report_);
    for (std::size_t i = 0; i < structure.size(); ++i) {
      const prove::StructureFinding& finding = report_.structure[i];
      if (finding.only_after)
        out_.Add(structure[i], {finding.rule, finding.node, Verdict::kDiffers, {}, {}});
    }
    const std::vector<std::string> sites = SiteKeys(report_);
    for (std::size_t s = 0; s < sites.size(); ++s) AddSite(sites[s], report_.sites[s]);
    AddUnproved();
    return std::move(out_);
  }

 private:
  void AddSite(const std::string& key, const ReportedSite& site) {
    if (site.tails.empty()) {
      const Standing standing{site.before_conv, site.reason, site.verdict, {}, {}};
      out_.whole_sites.emplace(key, standing);
      out_.Add(key, standing);
    } else {
      out_.with_tails.insert(key);
    }
    const std::vector<std::string> tails = TailKeys(key, site);
    for (std::size_t t = 0; t < tails.size(); ++t) {
      const ReportedTail& tail = site.tails[t];
      if (gate_.domain == "observed" && !tail.observed) {
        throw Error(Error::Code::kInput, report_.file,
                    "has no observed figures, which are the gate of the new report; run it again "
                    "with the same --inputs");
      }
      const ReportedFigures& figures = GateFigures(tail, gate_);
      out_.Add(tails[t],
               {site.before_conv, tail.place, tail.verdict, figures.lsb, figures.share_over});
    }
  }

  void AddUnproved() {
    std::map<std::string, int> seen;
    for (const prove::UnprovedPart& part : PartsOfTheirOwn(report_)) {
      const std::string key =
          fmt::format("unproved {}, number {}", part.reason, seen[part.reason]++);
      out_.Add(key, {part.node, part.reason, Verdict::kUnproved, {}, {}});
    }
  }

  const Report& report_;
  const ReportedGate& gate_;
  Standings out_;
};

// "SITE: END, number N" without what stands behind the site.
std::string SiteOfTailKey(const std::string& tail_key) {
  return tail_key.substr(0, tail_key.find(": "));
}

// The standing of `key`; of its whole site, where that has no tails.
const Standing* Find(const Standings& standings, const std::string& key) {
  const auto found = standings.of.find(key);
  if (found != standings.of.end()) return &found->second;
  const auto site = standings.whole_sites.find(SiteOfTailKey(key));
  return site == standings.whole_sites.end() ? nullptr : &site->second;
}

// Whether `key` is a site without tails that has some in the other report, which tell of it then.
bool IsToldByTails(const Standings& own, const Standings& other, const std::string& key) {
  return own.whole_sites.contains(key) && other.with_tails.contains(key);
}

// "calibrated domain, tolerance derived, integer"
std::string GateText(const ReportedGate& gate) {
  return gate.domain + " domain, tolerance " +
         (gate.tolerance_lsb ? LsbText(*gate.tolerance_lsb) : "derived") + ", " +
         Printable(gate.semantics, 40);
}

// What the two reports' programs are called, where they are not of the same one before the fold.
std::string OtherPrograms(const Report& before, const Report& after) {
  if (before.before_sha256.empty() || after.before_sha256.empty()) return "";
  if (before.before_sha256 == after.before_sha256) return "";
  const auto named = [](const Report& report) {
    return Printable(report.before_file, 120) + " (sha256 " +
           Printable(report.before_sha256.substr(0, 12), 12) + ")";
  };
  return "the reports are of different programs before the fold: " + named(after) + ", was " +
         named(before) + "; what is matched by operator, size and number may be something else";
}

int ExitCodeOf(const std::vector<Changed>& changes, const Report& after) {
  int code = 0;
  for (const Changed& changed : changes) {
    if (changed.change == Change::kWorse) return 1;
    if (changed.change != Change::kNew) continue;
    if (changed.after->verdict == Verdict::kDiffers) return 1;
    if (changed.after->verdict == Verdict::kUnproved && after.exit_code != 0) code = 2;
  }
  return code;
}

// How far up a change stands in the list.
int RankOfReport(const Changed& changed) {
  switch (changed.change) {
    case Change::kWorse: return 0;
    case Change::kNew: return 1;
    case Change::kBetter: return 2;
    case Change::kGone: return 3;
    case Change::kSame: return 4;
  }
  return 4;
}

bool Above(double x, double than) { return x > than * (1 + 1e-9); }

}  // namespace

const char* NameOf(Change change) {
  switch (change) {
    case Change::kSame: return "same";
    case Change::kBetter: return "better";
    case Change::kWorse: return "worse";
    case Change::kNew: return "new";
    case Change::kGone: return "gone";
  }
  return "";
}

std::size_t ReportDifference::Count(Change change) const {
  return static_cast<std::size_t>(std::ranges::count(changes, change, &Changed::change));
}

Change ChangeOf(const Standing& before, const Standing& after, std::string& why) {
  if (before.verdict != after.verdict) {
    why = fmt::format("{}, was {}", prove::NameOf(after.verdict), prove::NameOf(before.verdict));
    return after.verdict > before.verdict ? Change::kWorse : Change::kBetter;
  }
  const auto figure = [&](std::optional<double> b, std::optional<double> a, const auto& text) {
    if (!b || !a || (!Above(*a, *b) && !Above(*b, *a))) return Change::kSame;
    why = text(*a) + ", was " + text(*b);
    return Above(*a, *b) ? Change::kWorse : Change::kBetter;
  };
  const Change by_lsb = figure(before.lsb, after.lsb, LsbText);
  if (by_lsb != Change::kSame) return by_lsb;
  return figure(before.share_over, after.share_over,
                [](double share) { return fmt::format("{:.3g} % over", 100 * share); });
}

ReportDifference Compare(const Report& before, const Report& after) {
  const Standings old = StandingsReader(before, after.gate).Run();
  const Standings now = StandingsReader(after, after.gate).Run();
  ReportDifference out;
  if (GateText(before.gate) != GateText(after.gate)) {
    out.notes.push_back("the gates differ: " + GateText(after.gate) + ", was " +
                        GateText(before.gate));
  }
  if (const std::string other = OtherPrograms(before, after); !other.empty())
    out.notes.push_back(other);
  for (const std::string& key : now.order) {
    if (IsToldByTails(now, old, key)) continue;
    const Standing& standing = now.of.at(key);
    const Standing* was = Find(old, key);
    Changed changed{Change::kNew, key, {}, standing, std::string(prove::NameOf(standing.verdict))};
    if (was != nullptr) {
      changed.before = *was;
      changed.change = ChangeOf(*was, standing, changed.why);
    }
    if (changed.change == Change::kSame)
      ++out.same;
    else
      out.changes.push_back(std::move(changed));
  }
  for (const std::string& key : old.order) {
    if (now.of.contains(key) || IsToldByTails(old, now, key)) continue;
    const Standing& was = old.of.at(key);
    Changed changed{Change::kGone, key, was, {}, "was " + std::string(prove::NameOf(was.verdict))};
    if (const Standing* site = Find(now, key)) {
      changed.after = *site;
      changed.change = ChangeOf(was, *site, changed.why);
      if (changed.change == Change::kSame) {
        ++out.same;
        continue;
      }
    }
    out.changes.push_back(std::move(changed));
  }
  std::ranges::stable_sort(out.changes, {}, RankOfReport);
  out.exit_code = ExitCodeOf(out.changes, after);
  return out;
}

}  // namespace foldproof::reports
