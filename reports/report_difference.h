// SPDX-License-Identifier: BSD-3-Clause
//
// Two reports of a program, an old and a new one: what got worse, better, is new or gone. Sites and
// tails are known again by their keys (fingerprint.h), not by names.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/json_report.h"
#include "reports/report.h"

namespace foldproof::reports {

enum class Change { kSame, kBetter, kWorse, kNew, kGone };

const char* NameOf(Change change);  // "same", "better", "worse", "new", "gone"

// One of the two reports' word on a tail, or on a site, a fault of structure, a part without tails,
// which have no figures.
struct Standing {
  std::string site;   // its conv before the fold, or the rule; as it was reported
  std::string place;  // where the tail ends
  prove::Verdict verdict = prove::Verdict::kEqual;
  std::optional<double> lsb;         // on the new report's gate
  std::optional<double> share_over;  // there too
};

struct Changed {
  Change change = Change::kSame;
  std::string key;
  std::optional<Standing> before;  // nullopt: new
  std::optional<Standing> after;   // nullopt: gone
  std::string why;                 // "within, was equal", "2 LSB, were 1 LSB"
};

struct ReportDifference {
  std::vector<Changed> changes;  // without the same ones; worse, new, better, gone
  std::size_t same = 0;
  std::vector<std::string> notes;  // why the two are not quite comparable
  // 1 where something got worse or is new and differs; 2 where something new is unproved, unless
  // the new report allows that (its exit code is 0); else 0.
  int exit_code = 0;

  std::size_t Count(Change change) const;
};

// Worse is a worse verdict (equal, within, unproved, differs), else more LSB on the new report's
// gate, else a larger share over the tolerance: more by 1e-9 of the old figure. Throws
// Error(kInput) where the old report has no figures for that gate.
ReportDifference Compare(const Report& before, const Report& after);

// The change of one tail whose two standings are known.
Change ChangeOf(const Standing& before, const Standing& after, std::string& why);

// A table for people: a line for each change, at most 60. Empty where there is none.
std::string ChangesTable(const ReportDifference& difference, const std::string& indent);

// Lines for people: the counts, notes, and that table.
std::string DifferenceTable(const ReportDifference& difference, const Report& after);

// Each change with its fingerprint and both standings.
nlohmann::ordered_json ChangesJson(const ReportDifference& difference);

nlohmann::ordered_json DifferenceJson(const ReportDifference& difference, const Report& before,
                                      const Report& after, const RunFacts& run);

}  // namespace foldproof::reports
