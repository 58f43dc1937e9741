// SPDX-License-Identifier: BSD-3-Clause
//
// Reports of verify against those that were expected (docs/gate.md, "Golden reports").
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/json_report.h"
#include "reports/report_difference.h"

namespace foldproof::reports {

enum class CaseStatus {
  kSame,
  kChanged,
  kNew,       // there is no expected report
  kGone,      // an expected report of no case
  kUnusable,  // a program or an expected report
};

const char* NameOf(CaseStatus status);  // "same", "changed", ...

// A value that is not what it was.
struct FieldChange {
  std::string field;     // "sites[0].tails[0].channels[2].calibrated.lsb"
  std::string expected;  // as JSON; empty: it is not there
  std::string actual;
};

struct GoldenCase {
  std::string name;
  CaseStatus status = CaseStatus::kSame;
  std::string why = {};               // kUnusable; kChanged where no field is
  std::string expected_verdict = {};  // empty: not known
  std::string actual_verdict = {};
  std::optional<ReportDifference> difference = {};  // of sites and tails
  std::vector<FieldChange> fields = {};             // verdicts first, then files and figures in LSB
};

// The two texts as Written gives them, without what a report cost. An `expected` that is no JSON
// makes the case unusable.
GoldenCase CompareGolden(const std::string& name, const std::string& expected,
                         const std::string& actual);

struct GoldenRun {
  double seconds = 0;
  RunFacts facts;
};

struct Golden {
  verify::FileIdentity configuration;
  bool updates = false;  // what changed is accepted
  std::vector<GoldenCase> cases;

  std::size_t Count(CaseStatus status) const;
  // 3 where a case is unusable, else 1 where one is not the same and that is not accepted, else 0.
  int exit_code() const;
};

// For people: a part for each case that is not the same, then the counts.
std::string GoldenSummary(const Golden& golden);

nlohmann::ordered_json GoldenJson(const Golden& golden, const GoldenRun& run);

}  // namespace foldproof::reports
