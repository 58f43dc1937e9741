// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/shell_word.h"

#include <algorithm>

namespace foldproof {
namespace {

bool IsPlain(char c) {
  constexpr std::string_view kMarks = "_@%+=:,./-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::string ShellQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string ShellLine(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    const bool is_plain = !word.empty() && std::ranges::all_of(word, IsPlain);
    out += is_plain ? word : ShellQuoted(word);
  }
  return out;
}

}  // namespace foldproof
