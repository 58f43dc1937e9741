// SPDX-License-Identifier: BSD-3-Clause
#include "cli/gate_merge_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/build_version.h"
#include "cli/configuration_file.h"
#include "cli/run_facts.h"
#include "cli/standard_output.h"
#include "cli/stopwatch.h"
#include "reports/gate_merge.h"
#include "reports/report_reader.h"
#include "src/base/file.h"
#include "src/base/refuse.h"
#include "src/base/within.h"

namespace foldproof::cli {
namespace {

struct GateMerge {
  std::vector<std::string> files;
  std::string json;
  bool allow_missing = false;
  bool quiet = false;
};

constexpr std::size_t kMostNamed = 20;  // of what is missing, in a message

struct ReadGates {
  std::vector<reports::GatePart> parts;
  std::vector<std::string> faults;  // of the files that are none
};

// Days are compared as texts, which only dates can be.
void CheckDays(const reports::GatePart& part) {
  if (!IsDate(part.today)) Refuse("run.today", "must be a date of the form 2027-01-31");
  for (const reports::Waiver& waiver : part.waivers) {
    if (!IsDate(waiver.expires))
      Refuse("waivers", "have an 'expires' that is no date of the form 2027-01-31");
  }
}

ReadGates ReadGateParts(const std::vector<std::string>& files) {
  ReadGates out;
  for (const std::string& file : files) {
    try {
      out.parts.push_back(Within(file, [&] {
        reports::GatePart part = reports::ParseGatePart(file, reports::TextOfReport(file));
        CheckDays(part);
        return part;
      }));
    } catch (const Error& error) {
      if (error.code() != Error::Code::kInput) throw;
      out.faults.emplace_back(error.what());
    }
  }
  return out;
}

std::string ListedNames(std::vector<std::string> names) {
  const std::size_t more = names.size() - std::min(names.size(), kMostNamed);
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

void RefuseMissingPairs(const ReadGates& read, const std::vector<std::string>& missing) {
  if (read.faults.empty() && missing.empty()) return;
  std::vector<std::string> why;
  for (std::size_t i = 0; i < read.faults.size() && i < 8; ++i) {
    why.push_back(Printable(read.faults[i], 300));
  }
  if (!missing.empty()) why.push_back("missing pairs: " + ListedNames(missing));
  if (!read.parts.empty()) {
    why.emplace_back("--allow-missing merges what there is, and says so");
  }
  Refuse("gate merge", fmt::format("{}", fmt::join(why, "; ")));
}

ExitCode MergeGateReports(const GateMerge& options, const CommandLine& line) {
  const Stopwatch stopwatch;
  const ReadGates read = ReadGateParts(options.files);
  if (read.parts.empty()) RefuseMissingPairs(read, {});
  const reports::MergedGate merged = reports::MergeGates(read.parts);
  const reports::GatePart& first = read.parts.front();
  if (first.version != BuildVersion()) {
    Refuse(first.name,
           fmt::format("was written by foldproof {}; this is {}", first.version, BuildVersion()));
  }
  const reports::GateShard shard{"", first.all, reports::MissingPairs(read.parts)};
  if (!options.allow_missing) RefuseMissingPairs(read, shard.missing);
  for (const std::string& fault : read.faults) {
    std::fprintf(stderr, "foldproof: left out: %s\n", fault.c_str());
  }
  reports::Gate gate = merged.gate;
  // What nobody judged holds no better than what could not be proved.
  if (!shard.missing.empty() && gate.exit_code == 0) gate.exit_code = 2;
  if (!options.json.empty()) {
    std::vector<nlohmann::ordered_json> whole;
    for (const std::string& text : merged.whole) {
      whole.push_back(nlohmann::ordered_json::parse(text));
    }
    const reports::GateRun run{first.today, stopwatch.Total(), RunFactsOf(line)};
    WriteFile(options.json, reports::Written(reports::GateJson(
                                gate, whole, run, shard.missing.empty() ? nullptr : &shard)));
  }
  if (!options.quiet) {
    Say(reports::GateSummary(gate, &shard));
    if (!shard.missing.empty()) Say("missing pairs: " + ListedNames(shard.missing) + "\n");
  }
  return static_cast<ExitCode>(gate.exit_code);
}

}  // namespace

CLI::App* AddGateMergeCommand(CLI::App& gate, const CommandLine& line, ExitCode& code) {
  auto o = std::make_shared<GateMerge>();
  CLI::App* command = gate.add_subcommand(
      "merge", "One report of the parts of a gate, as if one process had judged all pairs");
  command
      ->add_option("SHARD", o->files,
                   "Reports of `gate --shard`, and of `gate merge --allow-missing`, in any order")
      ->required();
  command->add_option("--json", o->json, "Write the report to this file");
  command->add_flag("--allow-missing", o->allow_missing,
                    "Merge what there is where parts are missing; the report says which, and the "
                    "exit code is not 0");
  command->add_flag("--quiet", o->quiet, "Print nothing");
  command->footer(
      "\nThe reports are of one configuration, one day and one version.\n"
      "Example: foldproof gate merge gate-*.json --json gate.json\n");
  command->callback([o, &line, &code] { code = MergeGateReports(*o, line); });
  return command;
}

}  // namespace foldproof::cli
