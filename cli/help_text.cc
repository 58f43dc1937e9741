// SPDX-License-Identifier: BSD-3-Clause
#include "cli/help_text.h"

#include <algorithm>
#include <string_view>

#include "src/base/wrapped_text.h"

namespace foldproof::cli {
namespace {

constexpr std::size_t kOption = 2;        // where CLI11 begins an option or a subcommand,
constexpr std::size_t kDescription = 30;  // and what it says of it

// "TEXT:{integer, eigen}": a list that can be broken behind a comma.
std::string WithSpacesInLists(std::string_view line) {
  std::string out;
  bool is_in_list = false;
  for (const char c : line) {
    if (c == '{') is_in_list = true;
    if (c == '}') is_in_list = false;
    out += c;
    if (is_in_list && c == ',') out += ' ';
  }
  return out;
}

}  // namespace

std::string HelpText(const std::string& text, std::size_t columns) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    const std::size_t own = std::min(line.find_first_not_of(' '), line.size());
    const bool is_of_option = own == kOption || own >= kDescription;
    if (is_of_option && line.size() > columns) line = WithSpacesInLists(line);
    out += WrappedText(line, columns, is_of_option ? kDescription : own + 2) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace foldproof::cli
