// SPDX-License-Identifier: BSD-3-Clause
#include "cli/report_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/formats.h"
#include "reports/report_reader.h"
#include "src/base/file.h"

namespace foldproof::cli {
namespace {

struct ReportOptions {
  std::vector<std::string> files;
  std::string to;
  std::string output;
};

std::string InFormat(const std::string& format, const reports::ReportSet& set) {
  if (format == "junit") return reports::Junit(set);
  if (format == "sarif") return reports::Sarif(set);
  if (format == "markdown") return reports::Markdown(set);
  return reports::GithubAnnotations(set);
}

// Files that cannot be used are told in the format, too, so that a build that shows it alone does
// not pass for want of a report; the first of them is the command's error.
void Convert(const ReportOptions& options) {
  reports::ReportSet set;
  set.version = FOLDPROOF_VERSION;
  std::optional<Error> first;
  for (const std::string& file : options.files) {
    try {
      set.reports.push_back(reports::ReadReport(file));
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      set.unusable.push_back({file, error.why()});
      if (!first) first = error;
    }
  }
  const std::string text = InFormat(options.to, set);
  if (options.output.empty())
    std::fputs(text.c_str(), stdout);
  else
    WriteFile(options.output, text);
  if (first) throw *first;
}

}  // namespace

void AddReportCommand(CLI::App& app, ExitCode& code) {
  auto o = std::make_shared<ReportOptions>();
  CLI::App* command =
      app.add_subcommand("report", "Tell reports of verify or compare in another format");
  command->add_option("IN", o->files, "Reports, as --json writes them")->required();
  command->add_option("--to", o->to, "The format")
      ->check(CLI::IsMember({"junit", "sarif", "markdown", "github"}))
      ->required();
  command->add_option("-o,--output", o->output, "Where to write it; standard output without");
  command->footer(
      "\nExamples: foldproof report report.json --to sarif -o report.sarif\n"
      "          foldproof report report.json --to markdown >> \"$GITHUB_STEP_SUMMARY\"\n");
  command->callback([o, &code] {
    Convert(*o);
    code = ExitCode::kHolds;
  });
}

}  // namespace foldproof::cli
