// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/fuzz_command.h"
#include "fuzz/case_files.h"
#include "fuzz/program_of_draw.h"
#include "harness/exec/open_executor.h"
#include "harness/exec/run_plan.h"
#include "harness/passes/built_in_pass.h"

namespace foldproof::cli {
namespace {

fold::Policy PolicyNamed(const std::string& name) {
  for (const fold::Policy policy :
       {fold::Policy::kUpstream, fold::Policy::kGuarded, fold::Policy::kRepair}) {
    if (fold::Name(policy) == name) return policy;
  }
  throw Error(Error::Code::kInput, "pass",
              "'" + Printable(name, 60) + "' is none of upstream, guarded and repair");
}

ExitCode Replay(const std::string& folder, const std::string& executor_name) {
  const fuzz::KeptCase kept = fuzz::ReadCase(folder);
  fold::FoldOptions options;
  options.policy = PolicyNamed(kept.pass);
  passes::BuiltInPass pass(options);
  fuzz::PropertyOptions properties;
  properties.saturation_is_known = options.policy == fold::Policy::kGuarded;
  properties.dear_every = 1;
  const auto executor = exec::OpenExecutor(executor_name);
  const ir::Program before = fuzz::ProgramOf(kept.draw);
  const fuzz::CaseOutcome outcome =
      fuzz::Examiner(pass, properties, *executor).Examine(before, kept.index);
  bool again = false;
  for (const fuzz::Finding& finding : outcome.findings) {
    again |= finding.rule == kept.finding.rule;
    fmt::print("{}{}{}: {}\n", finding.rule, finding.node.empty() ? "" : " at ",
               Printable(finding.node, 80), Printable(finding.detail, 400));
  }
  fmt::print("{} with {}: {}\n", kept.pass, executor->Describe(),
             again ? "it fails again by " + Printable(kept.finding.rule, 60)
                   : "it no longer fails by " + Printable(kept.finding.rule, 60));
  return again ? ExitCode::kDiffers : ExitCode::kHolds;
}

}  // namespace

void AddReplayCommand(CLI::App& app, ExitCode& code) {
  struct Arguments {
    std::string folder, executor = "integer";
  };
  auto o = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("replay", "Show a failure that fuzz kept once more");
  command->add_option("DIR", o->folder, "A folder that fuzz --out wrote")->required();
  command->add_option("--executor", o->executor, "What runs the programs")
      ->check(CLI::IsMember(exec::ExecutorNames()))
      ->capture_default_str();
  command->footer("\nExample: foldproof replay failures/saturation-1f3a0c77 --executor torch\n");
  command->callback([o, &code] { code = Replay(o->folder, o->executor); });
}

}  // namespace foldproof::cli
