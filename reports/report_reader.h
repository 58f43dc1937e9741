// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "reports/formats.h"
#include "reports/report.h"
#include "reports/report_fields.h"

namespace foldproof::reports {

// The report of verify or compare that `text` holds. It may come from anywhere: its size, nesting,
// types, ranges and references to channels are checked. Throws Error(kInput) that names the field;
// fields that are not known are skipped.
Report ParseReport(std::string_view text);

// The same of a file, which the error names too.
Report ReadReport(const std::string& file);

// The report that is a part of another one, as a gate's are.
Report ReadReportAt(const ReportField& root);

// Adds what `file` holds to `set`: a report of verify or compare, or all those of a gate, with what
// it waives. Throws Error(kInput) that names the file; the set is as it was then.
void ReadInto(const std::string& file, ReportSet& set);

// The text of a file that may be a report. Throws Error(kInput) with an empty place.
std::string TextOfReport(const std::string& file);

}  // namespace foldproof::reports
