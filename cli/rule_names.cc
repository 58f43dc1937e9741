// SPDX-License-Identifier: BSD-3-Clause
#include "cli/rule_names.h"

#include <algorithm>
#include <vector>

#include "fuzz/finding.h"
#include "reports/rules.h"
#include "src/base/nearest_name.h"

namespace foldproof::cli {

std::optional<std::string> MisspelledRule(std::string_view typed) {
  std::vector<std::string> known(std::begin(fuzz::kOwnRules), std::end(fuzz::kOwnRules));
  for (const reports::Rule& rule : reports::Rules()) known.emplace_back(rule.id);
  if (std::ranges::find(known, typed) != known.end()) return std::nullopt;
  return NearestName(typed, known);
}

}  // namespace foldproof::cli
