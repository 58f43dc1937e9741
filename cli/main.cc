// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#ifdef FOLDPROOF_MIMALLOC
#include <mimalloc.h>
#endif

#include "cli/build_version.h"
#include "cli/cache_command.h"
#include "cli/compare_command.h"
#include "cli/completion_command.h"
#include "cli/fold_command.h"
#include "cli/fuzz_command.h"
#include "cli/gate_command.h"
#include "cli/golden_command.h"
#include "cli/help_text.h"
#include "cli/report_command.h"
#include "cli/run_command.h"
#include "cli/show_command.h"
#include "cli/standard_output.h"
#include "cli/tails_command.h"
#include "cli/verify_command.h"
#include "src/base/error.h"
#include "src/base/nearest_name.h"

namespace foldproof::cli {
namespace {

constexpr char kAbout[] =
    "foldproof proves, or refutes with a witness, that a compiler pass which folds\n"
    "a quantized Conv-BatchNorm chain keeps a network's numbers.\n";
constexpr char kExitCodes[] =
    "\nExit codes: 0 holds, 1 differs, 2 unproved, 3 unusable input or usage,\n"
    "4 internal error or output that cannot be written.\n"
    "foldproof help COMMAND shows the options of one.\n"
    "Example: foldproof verify before.pt2 after.pt2 --witness DIR --json report.json\n";

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* command : app.get_subcommands({})) out.push_back(command->get_name());
  return out;
}

std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> out;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

// The command that words name, and where it is in them.
struct NamedCommand {
  const CLI::App* command;
  std::string name = "foldproof";  // "foldproof golden check"
  std::size_t next = 0;            // the word behind it
};

NamedCommand CommandOf(const CLI::App& app, const std::vector<std::string>& words) {
  NamedCommand out{&app};
  for (; out.next < words.size(); ++out.next) {
    const std::string& word = words[out.next];
    const auto subcommands = out.command->get_subcommands({});
    const auto found = std::ranges::find_if(
        subcommands, [&](const CLI::App* one) { return one->get_name() == word; });
    if (found == subcommands.end()) break;
    out.command = *found;
    out.name += " " + word;
  }
  return out;
}

[[noreturn]] void RefuseWord(const NamedCommand& named, const std::string& word) {
  const std::string of = named.name == "foldproof" ? "" : named.name.substr(10) + " ";
  throw Error(Error::Code::kUsage, "usage",
              "there is no command '" + of + Printable(word, 60) + "'" +
                  DidYouMean(word, CommandNames(*named.command)) + "; " + named.name +
                  " --help shows what there is");
}

// The arguments; `help verify` is `verify --help`.
std::vector<std::string> ArgumentsOf(int argc, char** argv) {
  std::vector<std::string> out(argv + std::min(argc, 1), argv + argc);
  if (!out.empty() && out.front() == "help") {
    out.erase(out.begin());
    out.push_back("--help");
  }
  return out;
}

// `help` of what is not there would be that of what is in front of it.
void CheckHelp(const CLI::App& app, const std::vector<std::string>& words) {
  const NamedCommand named = CommandOf(app, words);
  const std::string& word = words.at(named.next);  // the last one is --help
  if (!word.starts_with('-') && !named.command->get_subcommands({}).empty())
    RefuseWord(named, word);
}

// Where the first word is an option of a command that a later word names.
void RefuseOptionInFront(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || !words[0].starts_with('-')) return;
  const std::string option = words[0].substr(0, words[0].find('='));
  for (const CLI::App* command : app.get_subcommands({})) {
    const std::string& name = command->get_name();
    if (std::ranges::find(words, name) == words.end()) continue;
    if (command->get_option_no_throw(option) == nullptr) continue;
    throw Error(Error::Code::kUsage, "usage",
                option + " is an option of " + name + " and stands behind it: foldproof " + name +
                    " " + option + " ...; foldproof " + name + " --help shows what there is");
  }
}

// What is wrong with the arguments, and where to read on: in the help of the command at hand.
[[noreturn]] void RefuseArguments(const CLI::App& app, const std::vector<std::string>& words,
                                  const CLI::ParseError& error) {
  RefuseOptionInFront(app, words);
  const NamedCommand named = CommandOf(app, words);
  // By its code, as its name is that of the command.
  const bool is_extra = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if (named.next < words.size() && !words[named.next].starts_with('-')) {
    const std::string& word = words[named.next];
    const bool needs_one = named.command->get_require_subcommand_min() > 0;
    if (needs_one || (is_extra && NearestName(word, CommandNames(*named.command))))
      RefuseWord(named, word);
  }
  std::string meant;
  if (is_extra) {
    const std::vector<std::string> options = OptionNames(*named.command);
    for (const std::string& word : words) {
      const std::string option = word.substr(0, word.find('='));
      const bool is_known = std::ranges::find(options, option) != options.end();
      if (meant.empty() && option.starts_with("--") && !is_known)
        meant = DidYouMean(option, options);
    }
  }
  throw Error(
      Error::Code::kUsage, "usage",
      std::string(error.what()) + meant + "; " + named.name + " --help shows what there is");
}

int RunMain(int argc, char** argv) {
  CLI::App app{kAbout, "foldproof"};
  app.footer(kExitCodes);
  app.set_version_flag("--version", BuildVersion());
  app.require_subcommand(1);
  CommandLine line{"foldproof"};
  line.insert(line.end(), argv + std::min(argc, 1), argv + argc);
  ExitCode code = ExitCode::kHolds;
  AddVerifyCommand(app, line, code);
  AddCompareCommand(app, line, code);
  AddFoldCommand(app, line, code);
  AddFuzzCommand(app, line, code);
  AddReplayCommand(app, code);
  AddGateCommand(app, line, code);
  AddGoldenCommand(app, line, code);
  AddCacheCommand(app, code);
  AddTailsCommand(app, line, code);
  AddShowCommand(app, code);
  AddRunCommand(app, code);
  AddReportCommand(app, line, code);
  AddCompletionCommand(app, code);
  const std::vector<std::string> arguments = ArgumentsOf(argc, argv);
  if (argc > 1 && std::string_view(argv[1]) == "help") CheckHelp(app, arguments);
  try {
    std::vector<std::string> parsed(arguments.rbegin(), arguments.rend());  // as CLI11 takes them
    app.parse(parsed);
  } catch (const CLI::Success& success) {
    std::ostringstream said;
    const int shown = app.exit(success, said, said);
    std::fputs(HelpText(said.str(), HelpColumns()).c_str(), stdout);
    FinishOutput();
    return shown;
  } catch (const CLI::ParseError& error) {
    RefuseArguments(app, arguments, error);
  }
  FinishOutput();
  return static_cast<int>(code);
}

}  // namespace
}  // namespace foldproof::cli

int main(int argc, char** argv) {
  using foldproof::Error;
#if defined(FOLDPROOF_MIMALLOC) && MI_MALLOC_VERSION < 210
  // Memory given back while a worker folds would be fetched again, page by page, for its answer. A
  // proof gives it back at once: what reading took would be in its peak.
  if (argc > 1 && std::string_view(argv[1]) == "verify")
    mi_option_set(mi_option_decommit_delay, 0);
  else
    mi_option_disable(mi_option_allow_decommit);
#endif
  // Without TZ glibc looks for /etc/localtime at every mktime, and libzip calls one for each entry.
  ::setenv("TZ", ":/etc/localtime", 0);
  std::signal(SIGPIPE, SIG_IGN);  // a write tells, and output files are cleaned up
  try {
    return foldproof::cli::RunMain(argc, argv);
  } catch (const foldproof::cli::ClosedPipe&) {
    return static_cast<int>(foldproof::ExitCode::kInternal);
  } catch (const Error& error) {
    std::fprintf(stderr, "foldproof: %s\n", error.what());
    return static_cast<int>(error.exit_code());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "foldproof: out of memory\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "foldproof: internal error: %s\n",
                 foldproof::Printable(error.what(), 600).c_str());
  }
  return static_cast<int>(foldproof::ExitCode::kInternal);
}
