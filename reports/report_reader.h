// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "reports/formats.h"
#include "reports/report.h"
#include "src/base/error.h"
#include "src/json/json_field.h"

namespace foldproof::reports {

// The report of verify or compare that `text` holds. It may come from anywhere: its size, nesting,
// types, ranges and references to channels are checked. Throws Error(kInput) that names the field;
// fields that are not known are skipped.
Report ParseReport(std::string_view text);

// The same of a file, which the error names too.
Report ReadReport(const std::string& file);

// Throws Error(kInput) with the words of a command that could not use its input, where the report
// is one of that.
void FailIfRefused(const JsonField& root);

// The report that is a part of another one, as a gate's are.
Report ReadReportAt(const JsonField& root);

// Adds what `file` holds to `set`: a report of verify or compare, or all those of a gate, with what
// it waives. Throws Error(kInput) that names the file; the set is as it was then.
void ReadInto(const std::string& file, ReportSet& set);

// What `body()` returns; an Error about what a report holds gets the remedy behind its reason.
template <typename Body>
decltype(auto) WithReportRemedy(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    if (error.code() != Error::Code::kInput) throw;
    throw Error(error.code(), error.place(), error.why() + "; write the report again, with --json");
  }
}

// The text of a file that may be a report. Throws Error(kInput) with an empty place.
std::string TextOfReport(const std::string& file);

}  // namespace foldproof::reports
