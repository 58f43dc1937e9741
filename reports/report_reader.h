// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "reports/report.h"

namespace foldproof::reports {

// The report of verify or compare that `text` holds. It may come from anywhere: its size, nesting,
// types, ranges and references to channels are checked. Throws Error(kInput) that names the field;
// fields that are not known are skipped.
Report ParseReport(std::string_view text);

// The bytes of a file that should hold a report. Throws Error(kInput), without the file's name,
// where it cannot be read or is larger than any report.
std::string ReportText(const std::string& file);

// The report of a file, which the error names too.
Report ReadReport(const std::string& file);

}  // namespace foldproof::reports
