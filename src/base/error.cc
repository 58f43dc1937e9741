// SPDX-License-Identifier: BSD-3-Clause
#include "src/base/error.h"

#include <cstdint>
#include <utility>

namespace foldproof {
namespace {

// The length of the well-formed UTF-8 sequence that starts at `at` and shows something, else 0. C1
// controls (U+0080..9F), bidirectional overrides and line separators count as showing nothing.
std::size_t PrintableSequence(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  if (lead >= 0x20 && lead < 0x7f) return 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || at + length > text.size()) return 0;
  std::uint32_t point = lead & (0x7f >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    point = point << 6 | (byte(at + i) & 0x3f);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  const bool hidden = point < 0xa0 || (point >= 0x200b && point <= 0x200f) ||
                      (point >= 0x2028 && point <= 0x202e) ||
                      (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || point > 0x10ffff;
  return overlong || surrogate || hidden ? 0 : length;
}

bool IsOfNumber(char c) {
  return ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '.' ||
         c == '-' || c == '+' || c == '_';
}

// `out`, behind which a character `next` was to stand, without the number that it would be part of.
// What is nothing but one such word stays.
std::string WithoutHalfANumber(std::string out, char next) {
  if (out.empty() || !IsOfNumber(out.back()) || !IsOfNumber(next)) return out;
  std::size_t start = out.size();
  while (start > 0 && IsOfNumber(out[start - 1])) --start;
  const std::size_t digit = start + (out[start] == '-' || out[start] == '+' ? 1 : 0);
  const bool is_number = digit < out.size() && '0' <= out[digit] && out[digit] <= '9';
  if (is_number && start > 0) out.resize(start);
  return out;
}

constexpr std::size_t kMostMessage = 1000;

}  // namespace

std::string PrintableMessage(std::string_view text) { return Printable(text, kMostMessage); }

std::string Printable(std::string_view text, std::size_t most) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (out.size() >= most) return WithoutHalfANumber(std::move(out), text[at]) + "...";
    const std::size_t length = PrintableSequence(text, at);
    if (length == 0) {
      const auto byte = static_cast<std::uint8_t>(text[at]);
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += text.substr(at, length);
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

Error::Error(Code code, std::string place, std::string why)
    : code_(code), place_(std::move(place)), why_(std::move(why)) {
  line_ = place_.empty() ? PrintableMessage(why_)
                         : Printable(place_, 600) + ": " + PrintableMessage(why_);
}

ExitCode Error::exit_code() const {
  switch (code_) {
    case Code::kInput:
    case Code::kUsage: return undecided_ ? ExitCode::kUnproved : ExitCode::kUnusable;
    case Code::kOutput:
    case Code::kInternal: return ExitCode::kInternal;
  }
  return ExitCode::kInternal;
}

Error Error::Within(std::string_view outer) const {
  Error out(code_, place_.empty() ? std::string(outer) : std::string(outer) + ": " + place_, why_);
  out.undecided_ = undecided_;
  return out;
}

Error Error::Undecided() const {
  Error out = *this;
  out.undecided_ = true;
  return out;
}

void CheckFailed(const char* expression, const char* file, int line) {
  throw Error(Error::Code::kInternal, std::string(file) + ":" + std::to_string(line),
              std::string("internal check failed: ") + expression +
                  "; this is a bug in foldproof, please report it");
}

}  // namespace foldproof
