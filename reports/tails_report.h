// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "harness/prove/picture/tail_listing.h"

namespace foldproof::reports {

struct TailsRun {
  std::vector<std::string> command;  // as it was typed
  std::string version;
  std::string machine;
};

nlohmann::ordered_json TailsReport(const std::string& file, prove::Reach reach,
                                   const std::vector<prove::ListedSite>& sites,
                                   const TailsRun& run);

}  // namespace foldproof::reports
