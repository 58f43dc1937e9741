// SPDX-License-Identifier: BSD-3-Clause
#include "cli/report_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/choice_option.h"
#include "cli/run_facts.h"
#include "cli/standard_output.h"
#include "reports/formats.h"
#include "reports/html/html.h"
#include "reports/html/page_report.h"
#include "reports/json_report.h"
#include "reports/report_difference.h"
#include "reports/report_reader.h"
#include "src/base/file.h"
#include "src/base/nearest_name.h"
#include "src/base/within.h"

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

// Calls read(file) for each file. Those that cannot be used are told in the format, too, by
// unusable(file, error), so that a build that shows it alone does not pass for want of a report;
// the first of them is the command's error.
template <typename Read, typename Unusable>
std::optional<Error> ReadAll(const std::vector<std::string>& files, Read&& read,
                             Unusable&& unusable) {
  std::optional<Error> first;
  for (const std::string& file : files) {
    try {
      read(file);
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      unusable(file, error);
      if (!first) first = error;
    }
  }
  return first;
}

std::string AsPage(const std::vector<std::string>& files, std::optional<Error>& first) {
  reports::NeedPages();
  std::vector<std::string> pages;
  first = ReadAll(
      files,
      [&](const std::string& file) {
        auto own = Within(
            file, [&] { return reports::ParsePageReports(reports::TextOfReport(file), file); });
        std::ranges::move(own, std::back_inserter(pages));
      },
      [&](const std::string& file, const Error& error) {
        pages.push_back(reports::UnusableReport(file, error.why()));
      });
  return reports::Html(pages, FOLDPROOF_VERSION);
}

std::string Converted(const ReportOptions& options, std::optional<Error>& first) {
  if (options.to == "html") return AsPage(options.files, first);
  reports::ReportSet set;
  set.version = FOLDPROOF_VERSION;
  first = ReadAll(
      options.files, [&](const std::string& file) { reports::ReadInto(file, set); },
      [&](const std::string& file, const Error& error) {
        set.unusable.push_back({file, error.why()});
      });
  return InFormat(options.to, set);
}

void Convert(const ReportOptions& options) {
  if (options.files.empty() || options.to.empty()) {
    const std::string first = options.files.empty() ? "" : options.files.front();
    throw Error(Error::Code::kUsage, "report",
                "needs IN and --to, or diff OLD NEW" + DidYouMean(first, {"diff"}));
  }
  std::optional<Error> first;
  const std::string text = Converted(options, first);
  if (options.output.empty())
    std::fwrite(text.data(), 1, text.size(), stdout);
  else
    WriteFile(options.output, text);
  if (first) throw *first;
}

struct DiffOptions {
  std::string before;
  std::string after;
  std::string json;
  bool quiet = false;
};

ExitCode Diff(const DiffOptions& options, const CommandLine& line) {
  const reports::Report before = reports::ReadReport(options.before);
  const reports::Report after = reports::ReadReport(options.after);
  const reports::ReportDifference difference = reports::Compare(before, after);
  if (!options.json.empty()) {
    WriteFile(options.json, reports::Written(reports::DifferenceJson(difference, before, after,
                                                                     RunFactsOf(line))));
  }
  if (!options.quiet) {
    const std::string table = reports::DifferenceTable(difference, after);
    Say(table);
  }
  return static_cast<ExitCode>(difference.exit_code);
}

CLI::App* AddDiffCommand(CLI::App& report, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<DiffOptions>();
  CLI::App* command = report.add_subcommand(
      "diff", "What got worse, better, is new or gone; exit code 1 on worse, or new and different");
  command->add_option("OLD", o->before, "A report of verify or compare")->required();
  command->add_option("NEW", o->after, "A later one of the same program")->required();
  command->add_option("--json", o->json, "Write the difference to this file");
  command->add_flag("--quiet", o->quiet, "Print no table");
  command->footer("\nExample: foldproof report diff main.json branch.json --json diff.json\n");
  command->callback([o, &line, &code] { code = Diff(*o, line); });
  return command;
}

}  // namespace

void AddReportCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand(
      "report", "Tell reports of verify, compare or gate in another format, or what changed");
  command->add_option("IN", o->files, "Reports of verify, compare and gate, as --json writes them");
  command->add_option("--to", o->to, "The format")
      ->check(OneOfNames({"junit", "sarif", "markdown", "github", "html"}));
  command->add_option("-o,--output", o->output, "Where to write it; standard output without");
  command->footer(
      "\nExamples: foldproof report report.json --to sarif -o report.sarif\n"
      "          foldproof report report.json --to markdown >> \"$GITHUB_STEP_SUMMARY\"\n"
      "          foldproof report report.json --to html -o report.html\n");
  const CLI::App* diff = AddDiffCommand(*command, line, code);
  command->callback([o, diff, &code] {
    if (diff->parsed()) return;
    Convert(*o);
    code = ExitCode::kHolds;
  });
}

}  // namespace foldproof::cli
