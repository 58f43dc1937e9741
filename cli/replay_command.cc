// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/campaign_setup.h"
#include "cli/choice_option.h"
#include "cli/fuzz_command.h"
#include "cli/interrupts.h"
#include "cli/judge_fuzz_command.h"
#include "cli/pass_option.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "fuzz/case_files.h"
#include "fuzz/draw_examiner.h"
#include "fuzz/judge/lie_case.h"
#include "fuzz/program_of_draw.h"
#include "harness/exec/open/open_executor.h"
#include "harness/exec/plan/run_plan.h"
#include "harness/passes/built_in_pass.h"
#include "src/fold/fold_names.h"

namespace foldproof::cli {
namespace {

struct ReplayCommand {
  std::string folder, executor = "integer";
  passes::PassCommand pass;  // instead of the one that the case names
};

// A pass that somebody else owns.
class BorrowedPass : public passes::PassUnderTest {
 public:
  explicit BorrowedPass(passes::PassUnderTest& pass) : pass_(pass) {}

  std::string name() const override { return pass_.name(); }
  passes::PassAnswer Run(const ir::Program& program) override { return pass_.Run(program); }
  std::optional<passes::PassAnswer> RunOnOtherForm(const ir::Program& program) override {
    return pass_.RunOnOtherForm(program);
  }

 private:
  passes::PassUnderTest& pass_;
};

std::filesystem::path KeptAfter(const ReplayCommand& command) {
  return std::filesystem::path(command.folder) / "after.pt2";
}

// What the command of a case left there, without the command: one that stands in a file is shown,
// never run, for the file may be anybody's.
std::unique_ptr<passes::PassUnderTest> OpenRecorded(const ReplayCommand& command,
                                                    const fuzz::KeptCase& kept,
                                                    std::optional<passes::ExternalPasses>& external,
                                                    const passes::Seconds& now) {
  const std::filesystem::path after = KeptAfter(command);
  passes::PassCommand recorded;
  recorded.command = "what '" + kept.pass + "' left in " + after.string();
  return external.emplace(recorded, passes::PassFiles::kSmall, now).OpenRecorded(after);
}

// What takes us down is examined in a process of its own.
fuzz::CaseOutcome Examined(const fuzz::KeptCase& kept, passes::PassUnderTest& pass,
                           const fuzz::PropertyOptions& properties, exec::Executor& executor) {
  if (kept.finding.rule != fuzz::kInternalError) {
    return fuzz::Examiner(pass, properties, executor)
        .Examine(fuzz::ProgramOf(kept.draw), kept.index);
  }
  const passes::MakePass borrow = [&pass] { return std::make_unique<BorrowedPass>(pass); };
  return fuzz::DrawExaminer(borrow, properties, kMostSeconds).Examine(kept.draw, kept.index);
}

// A pass that raised, died or hung left no answer, whatever lies in the folder.
bool LeftNoAnswer(const std::string& rule) {
  return rule == "pass-raises" || rule == "pass-dies" || rule == fuzz::kPassHangs ||
         rule == "pass-prints-rubbish";
}

// Then, too, there is nothing of which the rules of a fold could be asked.
bool LeftNoProgram(const std::string& rule) {
  return LeftNoAnswer(rule) || rule == "program-unusable" || rule == "signature-changed";
}

// What no program that it left could show again.
bool NeedsThePass(const std::string& rule) {
  return LeftNoAnswer(rule) || rule == "not-idempotent";
}

ExitCode CodeOf(const std::string& rule) {
  return rule == fuzz::kInternalError ? ExitCode::kInternal : ExitCode::kDiffers;
}

// A case of which no program was left can be told again, not run.
ExitCode TellAgain(const fuzz::KeptCase& kept) {
  const std::string rule = Printable(kept.finding.rule, 60);
  Say(fmt::format("{}: {}\n", rule, PrintableMessage(kept.finding.detail)));
  Say(fmt::format(
      "as it was kept of '{}': it failed by {}; give --pass with the command to run it\n",
      Printable(kept.pass, 400), rule));
  return CodeOf(kept.finding.rule);
}

// "pass-raises and chain-survives"
std::string RulesOf(const fuzz::CaseOutcome& outcome) {
  std::string out;
  for (const fuzz::Finding& finding : outcome.findings) {
    out += (out.empty() ? "" : " and ") + Printable(finding.rule, 60);
  }
  return out;
}

// Tells what became of a case that failed by `rule` and was examined again. Only what was asked
// again can be said to hold now.
ExitCode TellWhether(const std::string& rule, const fuzz::CaseOutcome& outcome,
                     const std::string& who) {
  const auto fails_by = [&](const auto& is_such) {
    return std::ranges::any_of(outcome.findings, is_such, &fuzz::Finding::rule);
  };
  const std::string name = Printable(rule, 60);
  std::string said = "it no longer fails by " + name;
  ExitCode code = ExitCode::kHolds;
  if (fails_by([&](const std::string& found) { return found == rule; })) {
    said = "it fails again by " + name;
    code = CodeOf(rule);
  } else if (fails_by([](const std::string& found) { return found == fuzz::kInternalError; })) {
    said = "foldproof itself failed, so nothing says whether it still fails by " + name;
    code = ExitCode::kInternal;
  } else if (fails_by(LeftNoProgram)) {
    said = LeftNoProgram(rule) ? said + ", but by " + RulesOf(outcome)
                               : "the pass came to no program (" + RulesOf(outcome) +
                                     "), so nothing says whether it still fails by " + name;
    code = ExitCode::kDiffers;
  } else if (!outcome.findings.empty()) {
    said += ", but by " + RulesOf(outcome);
  } else if (!outcome.folded) {
    said += "; the pass left the program as it is";
  }
  Say(fmt::format("{}: {}\n", who, said));
  return code;
}

ExitCode Replay(const ReplayCommand& command) {
  EndOnSignals();
  if (fuzz::IsLie(command.folder)) return ReplayLie(command.folder);
  const Stopwatch stopwatch;
  const passes::Seconds now = [&] { return stopwatch.Total(); };
  const fuzz::KeptCase kept = fuzz::ReadCase(command.folder);
  const auto engine = passes::OptionsNamed(kept.pass);
  std::optional<passes::ExternalPasses> external;
  std::unique_ptr<passes::PassUnderTest> pass;
  fuzz::PropertyOptions properties;
  if (!command.pass.command.empty()) {
    pass = external.emplace(command.pass, passes::PassFiles::kSmall, now).Open();
  } else if (engine) {
    pass = std::make_unique<passes::BuiltInPass>(*engine);
  } else if (NeedsThePass(kept.finding.rule) || !std::filesystem::exists(KeptAfter(command))) {
    return TellAgain(kept);
  } else {
    pass = OpenRecorded(command, kept, external, now);
    properties.again_every = 0;  // it has an answer to this one program alone
  }
  properties.saturation_is_known = !external && engine && engine->policy == fold::Policy::kGuarded;
  properties.family = kept.draw.family;
  if (engine) properties.weights = fold::ModeOf(*engine);
  properties.dear_every = 1;
  const auto executor = exec::OpenExecutor(command.executor);
  const fuzz::CaseOutcome outcome = Examined(kept, *pass, properties, *executor);
  for (const fuzz::Finding& finding : outcome.findings) {
    Say(fmt::format("{}{}{}: {}\n", finding.rule, finding.node.empty() ? "" : " at ",
                    Printable(finding.node, 80), PrintableMessage(finding.detail)));
  }
  return TellWhether(kept.finding.rule, outcome,
                     Printable(pass->name(), 200) + " with " + executor->Describe());
}

}  // namespace

void AddReplayCommand(CLI::App& app, ExitCode& code) {
  auto o = std::make_shared<ReplayCommand>();
  CLI::App* command = app.add_subcommand("replay", "Show a failure that fuzz kept once more");
  command->add_option("DIR", o->folder, "A folder that fuzz --out wrote")->required();
  command->add_option("--executor", o->executor, "What runs the programs")
      ->check(OneOfNames(exec::ExecutorNames()))
      ->capture_default_str();
  AddPassOptions(*command, o->pass);
  command->footer("\nExample: foldproof replay failures/saturation-1f3a0c77 --executor torch\n");
  command->callback([o, &code] { code = Replay(*o); });
}

}  // namespace foldproof::cli
