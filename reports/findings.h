// SPDX-License-Identifier: BSD-3-Clause
//
// What a report finds, one by one, as SARIF, annotations, Markdown and JUnit tell it. A report
// whose exit code is not 0 always has a finding of that level that is not waived, whatever else it
// lacks.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "reports/report.h"

namespace foldproof::reports {

enum class Level {
  kNote,     // worth knowing; no verdict depends on it
  kWarning,  // not proved
  kError,    // differs
};

struct Finding {
  Level level = Level::kNote;
  std::string rule;     // its id as it was reported; Rules() need not have it
  std::string node;     // where; "" for the program. As it was reported
  std::string message;  // one plain sentence or two, printable, at most a few hundred bytes
  std::optional<std::size_t> site;           // in Report::sites
  std::optional<std::size_t> tail;           // in its tails
  std::string key;                           // all different; what Fingerprint is made of
  std::optional<WaivedFinding> waived = {};  // then no verdict depends on it, whatever its level
  // The node as a person finds it, printable: with its site, and the module of the user's own.
  std::string where = {};
};

// In the order of the report: structure, sites with their tails, unproved parts.
std::vector<Finding> FindingsOf(const Report& report);

// "51.45 LSB", "infinitely many LSB".
std::string LsbText(double lsb);

std::string Capitals(std::string word);  // "CHANGED"

// "waived until 2027-01-31: the reason"
std::string WaivedText(const WaivedFinding& waived);

const char* NameOf(Level level);  // "note", "warning", "error"

// "conv2d (features.0)": a convolution, with the module that it comes from where that is known.
std::string SiteName(const std::string& conv, const std::string& module);
std::string SiteName(const ReportedSite& site);
std::string SiteName(const std::string& conv, const std::map<std::string, std::string>& modules);

// A name of a report for one line of text: printable, at most 120 bytes.
std::string NameText(const std::string& name);

}  // namespace foldproof::reports
