// SPDX-License-Identifier: BSD-3-Clause
#include "cli/completion_command.h"

#include "cli/choice_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace foldproof::cli {
namespace {

struct CompletedOption {
  std::vector<std::string> names;  // "--json", "-o"; empty: a positional argument
  bool takes_value = false;
  std::vector<std::string> choices;  // empty: any value, a file as often as not
  std::string description;
};

struct CompletedCommand {
  std::string path;  // "report diff"; empty: the program itself
  std::string description;
  std::vector<std::string> subcommands;
  std::vector<CompletedOption> options;
};

// The members of OneOfNames, which CLI11 names in the type: "TEXT:{exact,interval}".
std::vector<std::string> ChoicesOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

CompletedOption Describe(const CLI::Option& option) {
  CompletedOption out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  out.takes_value = option.get_items_expected_max() > 0;
  out.choices = ChoicesOf(option);
  out.description = option.get_description();
  return out;
}

void Collect(const CLI::App& app, const std::string& path, std::vector<CompletedCommand>& out) {
  CompletedCommand command{path, app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) command.options.push_back(Describe(*option));
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : subcommands) command.subcommands.push_back(sub->get_name());
  out.push_back(std::move(command));
  for (const CLI::App* sub : subcommands) {
    Collect(*sub, (path.empty() ? "" : path + " ") + sub->get_name(), out);
  }
}

std::string Joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

// What a word of `command` may be that is no option: commands, choices of its arguments.
std::vector<std::string> PlainWords(const CompletedCommand& command) {
  std::vector<std::string> out = command.subcommands;
  for (const CompletedOption& option : command.options) {
    if (option.names.empty()) out.insert(out.end(), option.choices.begin(), option.choices.end());
  }
  return out;
}

std::vector<std::string> OptionWords(const CompletedCommand& command) {
  std::vector<std::string> out;
  for (const CompletedOption& option : command.options)
    out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

// Whether an argument of `command` may be a file.
bool TakesFiles(const CompletedCommand& command) {
  return std::ranges::any_of(command.options, [](const CompletedOption& option) {
    return option.names.empty() && option.choices.empty();
  });
}

// The line of the case that replies with the values of `option`.
std::string BashValues(const CompletedCommand& command, const CompletedOption& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names)
    patterns.push_back(fmt::format("'{}/{}'", command.path, name));
  const std::string reply =
      option.choices.empty()
          ? std::string("COMPREPLY=()")
          : fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", Joined(option.choices, " "));
  return fmt::format("    {}) {}; return ;;\n", Joined(patterns, "|"), reply);
}

// Walks to the command that is typed, then replies with the values of the option in front, else
// with options behind a "-", else with words. Where nothing is replied the shell completes files
// (complete -o default). "=" is a word of its own in COMP_WORDS.
constexpr char kBash[] = R"(_foldproof() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  local command= words= options= files= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command/${{COMP_WORDS[i]}}" in
{}    esac
  done
  if [[ $cur == = ]]; then cur=; fi
  if [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  case "$command/$prev" in
{}  esac
  case $command in
{}  esac
  if [[ $cur == -* ]]; then words=$options files=; fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ $files && $words ]]; then
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}}
complete -o default -F _foldproof foldproof
)";

std::string Bash(const std::vector<CompletedCommand>& commands) {
  std::string walk, values, words;
  for (const CompletedCommand& command : commands) {
    for (const std::string& sub : command.subcommands) {
      const std::string path = (command.path.empty() ? "" : command.path + " ") + sub;
      walk += fmt::format("      '{}/{}') command='{}' ;;\n", command.path, sub, path);
    }
    for (const CompletedOption& option : command.options) {
      if (option.takes_value && !option.names.empty()) values += BashValues(command, option);
    }
    words += fmt::format("    '{}') words='{}' options='{}' files={} ;;\n", command.path,
                         Joined(PlainWords(command), " "), Joined(OptionWords(command), " "),
                         TakesFiles(command) ? "1" : "");
  }
  return fmt::format(kBash, walk, values, words);
}

std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

// When the words of `path` have been typed, and none of its subcommands.
std::string FishCondition(const CompletedCommand& command) {
  if (command.path.empty()) return "__fish_use_subcommand";
  std::string out;
  for (const std::string& word : CLI::detail::split(command.path, ' '))
    out += (out.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
  if (command.subcommands.empty()) return out;
  return out + "; and not __fish_seen_subcommand_from " + Joined(command.subcommands, " ");
}

std::string Fish(const std::vector<CompletedCommand>& commands) {
  std::string out;
  for (const CompletedCommand& command : commands) {
    const std::string head = "complete -c foldproof -n " + Quoted(FishCondition(command));
    for (const std::string& sub : command.subcommands) {
      const std::string path = (command.path.empty() ? "" : command.path + " ") + sub;
      for (const CompletedCommand& other : commands) {
        if (other.path == path)
          out += fmt::format("{}{} -a {} -d {}\n", head, command.path.empty() ? " -f" : "", sub,
                             Quoted(other.description));
      }
    }
    for (const CompletedOption& option : command.options) {
      std::string line = head;
      for (const std::string& name : option.names)
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.choices.empty())
        line += " -x -a " + Quoted(Joined(option.choices, " "));
      else if (option.takes_value)
        line += " -r";
      if (option.names.empty() && option.choices.empty()) continue;
      out += line + " -d " + Quoted(option.description) + "\n";
    }
  }
  return out;
}

}  // namespace

void AddCompletionCommand(CLI::App& app, ExitCode& code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("completion", "Print what completes foldproof's words in a shell");
  command->add_option("SHELL", *shell, "The shell")
      ->check(OneOfNames({"bash", "zsh", "fish"}))
      ->required();
  command->footer(
      "\nExamples: source <(foldproof completion bash)\n"
      "          foldproof completion fish > ~/.config/fish/completions/foldproof.fish\n");
  command->callback([shell, &app, &code] {
    std::vector<CompletedCommand> commands;
    Collect(app, "", commands);
    const std::string text =
        *shell == "fish" ? Fish(commands)
        : *shell == "zsh"
            ? "#compdef foldproof\nautoload -U +X bashcompinit && bashcompinit\n" + Bash(commands)
            : Bash(commands);
    std::fputs(text.c_str(), stdout);
    code = ExitCode::kHolds;
  });
}

}  // namespace foldproof::cli
