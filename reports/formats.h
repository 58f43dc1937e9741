// SPDX-License-Identifier: BSD-3-Clause
//
// One or several reports in the formats that other programs read. The same reports give the same
// bytes. Whatever a name in a report holds, it is text in each format and nothing else: controls,
// escape sequences and text directions are printed, marks of the format escaped, length limited.
#pragma once

#include <string>
#include <vector>

#include "reports/findings.h"
#include "reports/report.h"
#include "src/base/error.h"

namespace foldproof::reports {

// What was read: reports, and for files that could not be used, why.
struct ReportSet {
  std::vector<Report> reports;
  struct Unusable {
    std::string file;
    std::string why;
  };
  std::vector<Unusable> unusable;
  std::vector<std::string> empty_shards;  // of gates without a pair, what is to be said of it
  // A waiver of a gate that has expired, or is not used.
  struct WaiverNote {
    std::string file;      // the configuration
    std::size_t line = 0;  // of the waiver; 0: not known
    Finding finding;       // of a rule waiver-...; its message says it all
  };
  std::vector<WaiverNote> waivers;
  std::string version;  // of the program that writes
};

// JUnit XML: a testsuite for each report, a testcase for each tail of a site, each site without
// tails, each fault of structure and each part that was not proved. A difference is a failure,
// `unproved` one of type "unproved" (skipped where the report's exit code is 0), an unusable file
// an error, what is waived is skipped. A suite fails where, and only where, the report's exit code
// is not 0.
std::string Junit(const ReportSet& set);

// SARIF 2.1.0: one run; a result for each finding, with the rules of rules.h and fingerprints that
// survive renamed nodes (fingerprint.h). What is waived is suppressed, with the reason.
std::string Sarif(const ReportSet& set);

// Markdown for a step summary or a comment: at most 64,000 bytes; says what it left out.
std::string Markdown(const ReportSet& set);

// GitHub workflow commands, one a line: errors and warnings, at most ten of each, which is what
// GitHub shows of a step, and a notice of what was left out.
std::string GithubAnnotations(const ReportSet& set);

}  // namespace foldproof::reports
