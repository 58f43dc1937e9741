// SPDX-License-Identifier: BSD-3-Clause
#include "cli/compare_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/machine.h"
#include "cli/stopwatch.h"
#include "cli/tolerance_option.h"
#include "cli/verification.h"
#include "harness/compare/compare.h"
#include "harness/exec/arrays/npz.h"
#include "harness/exec/arrays/runs.h"
#include "harness/exec/open/open_executor.h"
#include "reports/compare_report.h"
#include "reports/compare_summary.h"
#include "src/base/file.h"
#include "src/base/within.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

constexpr char kDefaultExecutor[] = "integer";
constexpr std::size_t kDefaultRandom = 100;  // where no inputs are given
constexpr std::size_t kMostRandom = 10'000'000;

struct Options {
  std::string before;
  std::string after;
  std::vector<std::string> executors{kDefaultExecutor};
  std::string inputs;
  std::optional<std::size_t> random;
  std::uint64_t seed = 0;
  std::string tolerance = "derived";
  std::string domain = "calibrated";
  std::string reach = "exact";
  std::string batch_norm = "fma";
  std::string json;
  bool allow_unproved = false;
  bool quiet = false;
  int threads = 1;
};

prove::ProveOptions ProveOptionsOf(const Options& options) {
  prove::ProveOptions out;
  out.judge.domain =
      options.domain == "calibrated" ? prove::Domain::kCalibrated : prove::Domain::kReachable;
  out.reach = options.reach == "exact" ? prove::Reach::kExact : prove::Reach::kInterval;
  out.batch_norm =
      options.batch_norm == "fma" ? prove::BatchNormVariant::kFma : prove::BatchNormVariant::kNoFma;
  out.threads = options.threads;
  return out;
}

// What the proof may hold an executor to.
compare::Arithmetic ArithmeticOf(std::string_view executor) {
  if (executor == "integer") return compare::Arithmetic::kExact;
  if (executor == "torch") return compare::Arithmetic::kFloat32Sums;
  return compare::Arithmetic::kOther;
}

reports::FileIdentity IdentityOf(const std::string& file) {
  return {file, reports::Sha256OfFile(file)};
}

reports::CompareRequest RequestOf(const Options& options, const compare::CompareOptions& compared,
                                  const ToleranceOption& tolerance) {
  reports::CompareRequest out{IdentityOf(options.before),
                              IdentityOf(options.after),
                              std::nullopt,
                              std::nullopt,
                              options.executors,
                              compared};
  if (!options.inputs.empty()) out.inputs = IdentityOf(options.inputs);
  if (!tolerance.path.empty()) out.tolerance_file = IdentityOf(tolerance.path);
  return out;
}

// Programs, inputs and tolerances first: a fault in them is told before an executor is opened.
compare::CompareOptions CompareOptionsOf(const Options& options, const ToleranceOption& tolerance,
                                         const ir::Program& before) {
  compare::CompareOptions out;
  out.prove = ProveOptionsOf(options);
  tolerance.Apply(before, out.prove);
  out.seed = options.seed;
  out.random_runs = options.random.value_or(options.inputs.empty() ? kDefaultRandom : 0);
  out.arithmetic = ArithmeticOf(options.executors.front());
  if (!options.inputs.empty()) {
    out.recorded = exec::ReadNpz(options.inputs);
    Within(options.inputs, [&] { exec::InputsOfAllRuns(before, *out.recorded); });
  }
  return out;
}

ExitCode Compare(const Options& options, const CommandLine& line) {
  if (options.executors.empty() || options.executors.size() > 2)
    throw Error(Error::Code::kUsage, "--executor", "takes one name, or two with a comma between");
  const ToleranceOption tolerance = ParseTolerance(options.tolerance);
  Stopwatch stopwatch;
  reports::CompareFacts facts;
  facts.command = line;
  facts.threads = options.threads;
  facts.version = FOLDPROOF_VERSION;
  facts.machine = DescribeMachine();
  const ir::Program before = pt2::ReadProgram(options.before);
  const ir::Program after = pt2::ReadProgram(options.after);
  const compare::CompareOptions compared = CompareOptionsOf(options, tolerance, before);
  std::vector<std::unique_ptr<exec::Executor>> executors;
  for (const std::string& name : options.executors) {
    executors.push_back(exec::OpenExecutor(name));
    facts.executors.push_back(executors.back()->Describe());
  }
  facts.read_seconds = stopwatch.Lap();
  const prove::Side before_side(before);
  const prove::Side after_side(after);
  const compare::Comparison comparison = Within(options.before + " and " + options.after, [&] {
    return compare::Compare(before_side, after_side, compared, *executors.front(),
                            executors.size() > 1 ? executors.back().get() : nullptr);
  });
  facts.compare_seconds = stopwatch.Lap();
  const ExitCode exit = ExitOf(comparison.verdict, options.allow_unproved);
  if (!options.json.empty()) {
    const auto report = reports::CompareReport(RequestOf(options, compared, tolerance), comparison,
                                               static_cast<int>(exit), facts);
    WriteFile(options.json, reports::Written(report));
  }
  if (!options.quiet)
    std::fputs(reports::CompareSummary(comparison, options.executors).c_str(), stdout);
  return exit;
}

void AddProofOptions(CLI::App& command, Options& o) {
  command
      .add_option(
          "--tolerance", o.tolerance,
          "Allowed difference: 'derived', a number of LSB, or a file with one for each site "
          "(.json)")
      ->capture_default_str();
  command.add_option("--domain", o.domain, "The domain that is the gate")
      ->check(CLI::IsMember({"calibrated", "reachable"}))
      ->capture_default_str();
  command
      .add_option("--reach", o.reach, "Accumulators: those an input produces, or their interval")
      ->check(CLI::IsMember({"exact", "interval"}))
      ->capture_default_str();
  command
      .add_option("--batch-norm", o.batch_norm,
                  "The kernel's arithmetic: fused multiply-add or not")
      ->check(CLI::IsMember({"fma", "no-fma"}))
      ->capture_default_str();
  command.add_flag("--allow-unproved", o.allow_unproved,
                   "Exit 0 where something is unproved but nothing differs");
}

}  // namespace

void AddCompareCommand(CLI::App& app, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "compare",
      "Run both programs side by side and count the differences beside the proof's bound");
  command->add_option("BEFORE", o->before, "The program before the fold (.pt2)")->required();
  command->add_option("AFTER", o->after, "The program after the fold (.pt2)")->required();
  command
      ->add_option("--executor", o->executors,
                   "Who runs the programs; a second name after a comma: also compared with the "
                   "first, node by node")
      ->delimiter(',')
      ->expected(1, 2)
      ->allow_extra_args(false)
      ->capture_default_str();
  command->add_option("--inputs", o->inputs, "An .npz with inputs x0, x1, ... (x0_0, x0_1, ...)");
  command
      ->add_option("--random", o->random,
                   "How many inputs to make from the seed (100 where none are given)")
      ->check(CLI::Range(std::size_t{0}, kMostRandom));
  command->add_option("--seed", o->seed, "Of the inputs that are made")->capture_default_str();
  AddProofOptions(*command, *o);
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_option("--threads", o->threads, "Threads to prove on")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--quiet", o->quiet, "Print no summary");
  command->footer(
      "\nExample: foldproof compare model.before.pt2 model.after.pt2 --executor integer,torch "
      "--random 1000 --json compare.json\n");
  command->callback([o, &line, &code] { code = Compare(*o, line); });
}

}  // namespace foldproof::cli
