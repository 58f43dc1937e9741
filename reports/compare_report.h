// SPDX-License-Identifier: BSD-3-Clause
//
// What running two programs side by side showed, beside what the proof says (docs/compare.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/compare/compare.h"
#include "reports/json_report.h"

namespace foldproof::reports {

// What a compare was asked, as far as it matters for repeating it.
struct CompareRequest {
  FileIdentity before;
  FileIdentity after;
  std::optional<FileIdentity> inputs;  // recorded ones
  std::optional<FileIdentity> tolerance_file;
  std::vector<std::string> executors;  // their names; one or two
  compare::CompareOptions options;
};

struct CompareFacts {
  std::vector<std::string> command;  // as it was typed
  double read_seconds = 0;
  double compare_seconds = 0;
  int threads = 1;
  std::string version;
  std::string machine;
  std::vector<std::string> executors;  // as they describe themselves
};

nlohmann::ordered_json CompareReport(const CompareRequest& request,
                                     const compare::Comparison& comparison, int exit_code,
                                     const CompareFacts& run);

}  // namespace foldproof::reports
