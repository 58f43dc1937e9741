// SPDX-License-Identifier: BSD-3-Clause
#include "cli/verify_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/standard_output.h"
#include "cli/verification.h"
#include "harness/exec/open/open_executor.h"
#include "reports/fold_report.h"
#include "reports/html/html.h"
#include "reports/html/page_report.h"
#include "reports/json_report.h"
#include "reports/summary.h"
#include "src/base/file.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kCurvesOfPage = 16;
constexpr std::size_t kMostCurves = std::size_t{1} << 20;

struct VerifyOptions : VerificationOptions {
  std::string json;
  std::string html;
  std::optional<std::size_t> curves_of_report;  // of --json, and of the page
  bool quiet = false;
};

// A line on standard error that is written over, where a person may be waiting.
std::function<void(std::int64_t, std::int64_t)> Progress() {
  if (isatty(STDERR_FILENO) == 0) return {};
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  return [start](std::int64_t done, std::int64_t of) {
    if (Clock::now() - start < std::chrono::milliseconds(500)) return;
    std::fprintf(stderr, "\rproving: %lld of %lld channels", static_cast<long long>(done),
                 static_cast<long long>(of));
    if (done + 64 > of) std::fputs("\r\033[K", stderr);
  };
}

std::string PassSummary(const reports::PassSaid& said) {
  return "pass: " + Printable(said.result) +
         (said.detail.empty() ? "" : ": " + Printable(said.detail, 600)) + "\n";
}

void PrintSummary(const Verified& verified) {
  if (verified.made.fold) std::fputs(reports::FoldSummary(*verified.made.fold).c_str(), stdout);
  if (verified.made.pass) std::fputs(PassSummary(*verified.made.pass).c_str(), stdout);
  const std::string summary = reports::VerifySummary(verified.verification, verified.options);
  std::fputs(WithColouredVerdict(summary, OutputHasColours()).c_str(), stdout);
  std::fputs(reports::CrashesSummary(verified.crashes_after, "the program after").c_str(), stdout);
}

ExitCode Run(const VerifyOptions& options, const CommandLine& line) {
  if (!options.html.empty()) reports::NeedPages();
  Verified verified = Verify(options, Progress());
  verified.facts.command = line;
  if (!options.json.empty()) {
    const bool pictures = options.curves_of_report.has_value();
    WriteFile(options.json, reports::Written(ReportOf(options, verified, pictures)));
  }
  if (!options.html.empty()) {
    const std::string report = reports::Written(ReportOf(options, verified, true));
    WriteFile(options.html,
              reports::Html(reports::PageReports(report, options.json), FOLDPROOF_VERSION));
  }
  if (!options.quiet) PrintSummary(verified);
  return verified.exit;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<VerifyOptions>();
  CLI::App* command =
      app.add_subcommand("verify", "Prove or refute that a fold keeps a program's numbers");
  command->add_option("BEFORE", o->before, "The program before the fold (.pt2)")->required();
  command->add_option("AFTER", o->after, "The program after the fold (.pt2)");
  CLI::Option* fold =
      command->add_option("--fold", o->fold.policy, "Fold BEFORE with this policy and judge that")
          ->check(CLI::IsMember({"upstream", "guarded", "repair"}));
  AddFoldOptions(*command, o->fold);
  AddPassOptions(*command, o->pass);
  command
      ->add_option(
          "--tolerance", o->tolerance,
          "Allowed difference: 'derived', a number of LSB, or a file with one for each site "
          "(.json)")
      ->capture_default_str();
  command
      ->add_option("--ideal-gap", o->ideal_gap,
                   "Allowed ideal gap above half a bias step in LSB, or 'off'")
      ->capture_default_str();
  command->add_flag("--ideal-distance", o->ideal_distance,
                    "Also report how far before and after are from before's ideal");
  command->add_option("--domain", o->domain, "The domain that is the gate")
      ->check(CLI::IsMember({"calibrated", "reachable", "observed"}))
      ->capture_default_str();
  command->add_option("--inputs", o->inputs,
                      "An .npz with inputs x0, x1, ... whose accumulators are observed");
  command
      ->add_option("--executor", o->executor,
                   "What runs --inputs and witnesses. Where none is named: integer, and for "
                   "witnesses libtorch too, if this build has it")
      ->check(CLI::IsMember(exec::ExecutorNames()));
  command
      ->add_option("--reach", o->reach, "Accumulators: those an input produces, or their interval")
      ->check(CLI::IsMember({"exact", "interval"}))
      ->capture_default_str();
  command
      ->add_option("--semantics", o->semantics,
                   "AFTER's arithmetic: exact integers and float32, or an integer kernel's "
                   "requantization behind each conv")
      ->check(CLI::IsMember({"integer", "kernel:q31", "kernel:tosa"}))
      ->capture_default_str();
  command
      ->add_option("--batch-norm", o->batch_norm,
                   "The kernel's arithmetic: fused multiply-add or not")
      ->check(CLI::IsMember({"fma", "no-fma"}))
      ->capture_default_str();
  command->add_flag("--allow-unproved", o->allow_unproved,
                    "Exit 0 where something is unproved but nothing differs");
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_option("--html", o->html, "Write the report as a page to look at to this file");
  command
      ->add_option("--curves", o->curves_of_report,
                   "Put what a page shows into the report of --json, too, with the step functions "
                   "of so many channels of each tail, the worst ones (--html: 16)")
      ->check(CLI::Range(std::size_t{0}, kMostCurves));
  command->add_option("--witness", o->witness,
                      "Write witnesses into this folder and run both programs on them");
  command->add_option("--threads", o->threads, "Threads to prove on")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExamples: foldproof verify model.before.pt2 model.after.pt2 --witness witnesses\n"
      "          foldproof verify model.before.pt2 model.after.pt2 --html report.html\n"
      "          foldproof verify model.pt2 --fold upstream --json report.json\n");
  command->callback([o, fold, &line, &code] {
    o->folds = fold->count() > 0;
    o->curves = o->curves_of_report;
    if (!o->html.empty() && !o->curves) o->curves = kCurvesOfPage;
    code = Run(*o, line);
  });
}

}  // namespace foldproof::cli
