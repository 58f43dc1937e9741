// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::reports {

// What the page shows of a report, as JSON for its script: the report with every text printable and
// at most 300 bytes, fractions in six digits, the channels of a tail as columns, and curves as
// differences. `file` is where the report was read; empty: in no file. Throws Error(kInput) that
// names the field where it cannot be used; a report of a kind that the page does not know is taken
// as it is. One, or of a gate that of the gate and one for each pair.
std::vector<std::string> PageReports(const nlohmann::json& report, const std::string& file);

// The same of a report as it stands in a file.
std::vector<std::string> ParsePageReports(std::string_view text, const std::string& file);

// Stands in the page for a file that is no such report.
std::string UnusableReport(const std::string& file, const std::string& why);

}  // namespace foldproof::reports
