// SPDX-License-Identifier: BSD-3-Clause
//
// What running two programs side by side showed, beside what the proof says (docs/compare.md).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "harness/verify/side_by_side.h"
#include "reports/json_report.h"

namespace foldproof::reports {

nlohmann::ordered_json CompareReport(const verify::Compared& compared, const RunFacts& run);

}  // namespace foldproof::reports
