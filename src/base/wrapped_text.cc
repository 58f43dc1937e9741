// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/wrapped_text.h"

#include <algorithm>
#include <optional>

namespace foldproof {
namespace {

constexpr std::size_t kLeastRoom = 20;  // columns that a further line has for its words

// Code points, as each is taken to be one column wide.
std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void AppendWrapped(std::string_view line, std::size_t columns, std::optional<std::size_t> hanging,
                   std::string& out) {
  const std::size_t own = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t most = columns > kLeastRoom ? columns - kLeastRoom : 0;
  const std::size_t indent = std::min(hanging.value_or(own + 2), most);
  // Where the words of the line that is being filled begin; what stands before is its indent.
  std::size_t width = own;
  out.append(own, ' ');
  bool is_first = true;
  for (std::size_t at = own; at < line.size();) {
    // A word takes the spaces in front of it along: columns of a table stay where they are.
    const std::size_t begin = std::min(line.find_first_not_of(' ', at), line.size());
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    const std::size_t gap = begin - at;
    if (!is_first && width + gap + WidthOf(word) > columns) {
      out += "\n" + std::string(indent, ' ');
      width = indent;
    } else {
      out.append(gap, ' ');
      width += gap;
    }
    out += word;
    width += WidthOf(word);
    is_first = false;
    at = end;
  }
}

std::string WrappedLines(std::string_view text, std::size_t columns,
                         std::optional<std::size_t> hanging) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (WidthOf(line) <= columns) {
      out += line;
    } else {
      AppendWrapped(line, columns, hanging, out);
    }
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::string WrappedText(std::string_view text, std::size_t columns) {
  return WrappedLines(text, columns, std::nullopt);
}

std::string WrappedText(std::string_view text, std::size_t columns, std::size_t hanging) {
  return WrappedLines(text, columns, hanging);
}

}  // namespace foldproof
