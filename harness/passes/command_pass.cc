// SPDX-License-Identifier: BSD-3-Clause
#include "harness/passes/command_pass.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <system_error>

#include "src/base/shell_word.h"

namespace foldproof::passes {
namespace {

// What the shell answers where it cannot run a command, or finds none.
constexpr int kNotExecutable = 126, kNotFound = 127;

// `command` with {in} and {out} replaced, in one go: what is put in is not looked at again.
std::string WithFiles(std::string_view command, const std::string& in, const std::string& out) {
  std::string text;
  while (!command.empty()) {
    if (command.starts_with("{in}")) {
      text += ShellQuoted(in);
      command.remove_prefix(4);
    } else if (command.starts_with("{out}")) {
      text += ShellQuoted(out);
      command.remove_prefix(5);
    } else {
      text += command.front();
      command.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

PassAnswer CommandPass::Ask(const std::filesystem::path& in) {
  const double deadline = options().now() + options().timeout_seconds;
  Child child(WithFiles(options().command, in.string(), out().string()), options().now,
              options().is_over);
  child.CloseInput();
  const auto ending = child.WaitForEnd(deadline);
  if (!ending) {
    return Raised("pass-hangs", fmt::format("no end after {} seconds", options().timeout_seconds));
  }
  if (!ending->good()) {
    const std::string last = child.LastError();
    const bool is_missing = ending->exit_code == kNotExecutable || ending->exit_code == kNotFound;
    if (is_missing && !has_run_) CannotStart(last.empty() ? ending->ToString() : last);
    const char* rule = ending->signal != 0 ? "pass-dies" : "pass-raises";
    return Raised(rule, ending->ToString() + (last.empty() ? "" : ": " + last));
  }
  has_run_ = true;
  PassAnswer answer;
  std::error_code ignored;
  if (std::filesystem::exists(out(), ignored)) answer.kind = PassAnswer::Kind::kFolded;
  return answer;
}

}  // namespace foldproof::passes
