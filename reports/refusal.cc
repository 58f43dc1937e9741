// SPDX-License-Identifier: BSD-3-Clause
#include "reports/refusal.h"

#include <nlohmann/json.hpp>

#include "src/base/error.h"

namespace foldproof::reports {

nlohmann::ordered_json RefusalReport(const std::string& why, const RunFacts& run) {
  return {{"report", "refusal"},
          {"schema_version", 1},
          {"exit_code", static_cast<int>(ExitCode::kUnusable)},
          {"verdict", nullptr},
          {"why", why},
          {"run",
           {{"command", run.command},
            {"threads", run.threads},
            {"version", run.version},
            {"machine", run.machine}}}};
}

}  // namespace foldproof::reports
