// SPDX-License-Identifier: BSD-3-Clause
#include "cli/standard_output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <string_view>

#include "src/base/error.h"
#include "src/base/wrapped_text.h"

namespace foldproof::cli {
namespace {

// A pipe says so, whatever was written to it last.
bool ReaderHasGone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

struct Coloured {
  std::string_view word;
  std::string_view code;  // SGR, ECMA-48
};

constexpr std::array kColours = {
    Coloured{"HOLDS", "32"},    Coloured{"SAME", "32"},     Coloured{"NOT WORSE", "32"},
    Coloured{"UNPROVED", "33"}, Coloured{"WAIVED", "33"},   Coloured{"UNUSED", "33"},
    Coloured{"UNUSABLE", "31"}, Coloured{"EXPIRED", "31"},  Coloured{"CHANGED", "31"},
    Coloured{"EXCEEDED", "33"}, Coloured{"UNJUDGED", "33"}, Coloured{"EMPTY", "33"},
    Coloured{"UPDATED", "33"},  Coloured{"DIFFERS", "31"},  Coloured{"WORSE", "31"},
    Coloured{"UNCHANGED", "36"}};

constexpr std::size_t kUsualColumns = 80, kMostHelpColumns = 100;
constexpr std::size_t kLeastColumns = 40;  // narrower, a sentence is better broken by the terminal

// Nothing where standard output is no terminal. One that does not say its width has 80 columns.
std::optional<std::size_t> TerminalColumns() {
  if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualColumns;
  return std::max<std::size_t>(size.ws_col, kLeastColumns);
}

bool OutputHasColours() {
  if (::isatty(STDOUT_FILENO) == 0) return false;
  const char* unwanted = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (unwanted == nullptr || *unwanted == '\0') && terminal != nullptr &&
         std::strcmp(terminal, "dumb") != 0;
}

std::string WithColouredVerdict(std::string text, bool coloured) {
  if (!coloured) return text;
  for (const auto& [word, code] : kColours) {
    if (!text.starts_with(word)) continue;
    const std::string start = "\033[1;" + std::string(code) + "m";
    return start + std::string(word) + "\033[0m" + text.substr(word.size());
  }
  return text;
}

}  // namespace

void FinishOutput() {
  std::cout.flush();
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout;
  if (!failed) return;
  if (ReaderHasGone()) throw ClosedPipe();
  throw Error(Error::Code::kOutput, "standard output", "cannot be written");
}

void Say(const std::string& text) {
  const auto columns = TerminalColumns();
  const std::string whole = columns ? WrappedText(text, *columns) : text;
  const bool coloured = OutputHasColours();
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t end = std::min(whole.find('\n', at), whole.size() - 1) + 1;
    std::fputs(WithColouredVerdict(whole.substr(at, end - at), coloured).c_str(), stdout);
    at = end;
  }
}

std::size_t HelpColumns() {
  return std::min(TerminalColumns().value_or(kUsualColumns), kMostHelpColumns);
}

}  // namespace foldproof::cli
