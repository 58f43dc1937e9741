// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/prove/tail_listing.h"

namespace foldproof::reports {

nlohmann::ordered_json TailsReport(const std::string& file, prove::Reach reach,
                                   const std::vector<prove::ListedSite>& sites);

}  // namespace foldproof::reports
