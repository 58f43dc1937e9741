// SPDX-License-Identifier: BSD-3-Clause
#include "cli/refused_input.h"

#include <nlohmann/json.hpp>

#include "cli/run_facts.h"
#include "reports/json_report.h"
#include "reports/refusal.h"
#include "src/base/error.h"
#include "src/base/file.h"

namespace foldproof::cli {

void TellingRefusal(const std::string& json, const CommandLine& line,
                    const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.code() == Error::Code::kInput && !json.empty())
      WriteFile(json, reports::Written(reports::RefusalReport(error.what(), RunFactsOf(line))));
    throw;
  }
}

}  // namespace foldproof::cli
