// SPDX-License-Identifier: BSD-3-Clause
//
// GitHub's workflow commands: ::error file=F,title=T::MESSAGE. In a message % CR and LF are
// escaped, in a property : and , too (actions/toolkit, packages/core/src/command.ts).
#include <fmt/format.h>

#include "reports/findings.h"
#include "reports/formats.h"

namespace foldproof::reports {
namespace {

constexpr int kMostOfALevel = 10;

std::string Escaped(const std::string& text, std::string_view marks) {
  std::string out;
  for (const char c : text) {
    if (marks.find(c) != std::string_view::npos)
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

std::string Message(const std::string& text) { return Escaped(text, "%\r\n"); }
std::string Property(const std::string& text) { return Escaped(text, "%\r\n:,"); }

// `line` 0: not known.
std::string Line(const char* level, const std::string& file, const std::string& title,
                 const std::string& message, std::size_t line = 0) {
  return fmt::format("::{} file={},{}title={}::{}\n", level, Property(Printable(file, 400)),
                     line > 0 ? fmt::format("line={},", line) : "", Property(title),
                     Message(message));
}

}  // namespace

std::string GithubAnnotations(const ReportSet& set) {
  std::string out;
  int errors = 0;
  int warnings = 0;
  for (const ReportSet::Unusable& file : set.unusable) {
    if (++errors > kMostOfALevel) continue;
    out += Line("error", file.file, "foldproof: unusable report", PrintableMessage(file.why));
  }
  for (const ReportSet::WaiverNote& note : set.waivers) {
    const bool error = note.finding.level == Level::kError;
    if (++(error ? errors : warnings) > kMostOfALevel) continue;
    out += Line(error ? "error" : "warning", note.file, "foldproof: " + note.finding.rule,
                note.finding.message, note.line);
  }
  for (const Report& report : set.reports) {
    for (const Finding& finding : FindingsOf(report)) {
      if (finding.level == Level::kNote || finding.waived) continue;
      const bool error = finding.level == Level::kError;
      if (++(error ? errors : warnings) > kMostOfALevel) continue;
      const std::string title = "foldproof: " + NameText(finding.rule) +
                                (finding.where.empty() ? "" : " at " + finding.where);
      out += Line(error ? "error" : "warning", JudgedFile(report), title,
                  finding.message.empty() ? NameText(finding.rule) : finding.message);
    }
  }
  const int left = std::max(0, errors - kMostOfALevel) + std::max(0, warnings - kMostOfALevel);
  if (left > 0) {
    out +=
        fmt::format("::notice title=foldproof::{} findings more; the report has them all\n", left);
  }
  return out;
}

}  // namespace foldproof::reports
