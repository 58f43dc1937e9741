// SPDX-License-Identifier: BSD-3-Clause
#include "cli/tails_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/proof_options.h"
#include "cli/refused_input.h"
#include "cli/run_facts.h"
#include "reports/json_report.h"
#include "reports/tails_report.h"
#include "src/base/file.h"
#include "src/pt2/reader.h"

namespace foldproof::cli {
namespace {

struct TailsOptions {
  std::string file;
  prove::Reach reach = prove::Reach::kExact;
  prove::BatchNormVariant batch_norm = prove::BatchNormVariant::kFma;
  std::string json;
};

std::string Text(const std::vector<prove::ListedSite>& sites) {
  std::string out;
  for (const prove::ListedSite& site : sites) {
    out += Printable(site.conv) +
           (site.reason.empty() ? "" : ": " + PrintableMessage(site.reason)) + "\n";
    for (const prove::ListedTail& tail : site.tails) {
      std::int64_t steps = 0;
      for (const auto& channel : tail.channels) steps = std::max(steps, channel.steps.value_or(0));
      out += fmt::format("  {}: {} channels, at most {} steps, channel 0 reaches [{}, {}]\n",
                         Printable(tail.place), tail.channels.size(), steps,
                         tail.channels.at(0).low, tail.channels.at(0).high);
    }
  }
  return out;
}

void Tails(const TailsOptions& options, const CommandLine& line) {
  const ir::Program program = pt2::ReadProgram(options.file);
  const prove::Side side(program);
  const auto sites = prove::ListTails(side, options.reach, options.batch_norm);
  if (options.json.empty())
    std::fputs(Text(sites).c_str(), stdout);
  else
    WriteFile(options.json, reports::Written(reports::TailsReport(options.file, options.reach,
                                                                  sites, RunFactsOf(line))));
}

}  // namespace

void AddTailsCommand(CLI::App& app, const CommandLine& line, ExitCode&) {
  auto options = std::make_shared<TailsOptions>();
  CLI::App* command = app.add_subcommand("tails", "List the step functions of every conv site");
  command->add_option("FILE", options->file, "A torch.export archive (.pt2)")->required();
  AddReachOption(*command, options->reach);
  AddBatchNormOption(*command, options->batch_norm);
  command->add_option("--json", options->json, "Write the step functions to this file");
  command->footer("\nExample: foldproof tails model.pt2 --reach interval --json tails.json\n");
  command->callback(
      [options, &line] { TellingRefusal(options->json, line, [&] { Tails(*options, line); }); });
}

}  // namespace foldproof::cli
