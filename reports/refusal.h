// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/json_report.h"

namespace foldproof::reports {

// The report of a command that could not use its input: exit code 3 and why. It takes the place of
// an earlier run's report, which nobody must take for this one's.
nlohmann::ordered_json RefusalReport(const std::string& why, const RunFacts& run);

}  // namespace foldproof::reports
