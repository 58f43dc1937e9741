// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/prove/picture/tail_listing.h"
#include "reports/json_report.h"

namespace foldproof::reports {

nlohmann::ordered_json TailsReport(const std::string& file, prove::Reach reach,
                                   const std::vector<prove::ListedSite>& sites,
                                   const RunFacts& run);

}  // namespace foldproof::reports
