// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "src/base/error.h"

namespace foldproof::pt2 {
namespace {

// By character: is it ASCII and itself in a string?
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned char c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

bool IsPlain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

// RFC 8259, section 7.
void AppendEscaped(char c, std::string& out) {
  out += '\\';
  switch (c) {
    case '"':
    case '\\': out += c; return;
    case '\b': out += 'b'; return;
    case '\f': out += 'f'; return;
    case '\n': out += 'n'; return;
    case '\r': out += 'r'; return;
    case '\t': out += 't'; return;
  }
  constexpr char kDigits[] = "0123456789abcdef";
  out += "u00";
  out += kDigits[c >> 4];
  out += kDigits[c & 0xf];
}

template <typename Number>
void AppendNumber(Number number, std::string& out) {
  char digits[32];  // a double takes 24 at most, an integer 20
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, end);
}

}  // namespace

// What stands in front of a value says whether one was written before it.
void JsonText::Separate() {
  if (text_.empty()) return;
  const char last = text_.back();
  if (last != '[' && last != '{' && last != ':') text_ += ',';
}

JsonText& JsonText::Begin(char bracket) {
  Separate();
  text_ += bracket;
  return *this;
}

JsonText& JsonText::End(char bracket) {
  text_ += bracket;
  return *this;
}

void JsonText::Quote(std::string_view text) {
  text_ += '"';
  if (std::ranges::all_of(text, IsPlain)) {
    text_ += text;
  } else {
    FP_CHECK(simdjson::validate_utf8(text.data(), text.size()));
    for (const char c : text) {
      const bool itself = IsPlain(c) || static_cast<unsigned char>(c) >= 0x80;
      itself ? void(text_ += c) : AppendEscaped(c, text_);
    }
  }
  text_ += '"';
}

JsonText& JsonText::Key(std::string_view name) {
  Separate();
  Quote(name);
  text_ += ':';
  return *this;
}

JsonText& JsonText::String(std::string_view text) {
  Separate();
  Quote(text);
  return *this;
}

JsonText& JsonText::Integer(std::int64_t number) {
  Separate();
  AppendNumber(number, text_);
  return *this;
}

JsonText& JsonText::Number(double number) {
  if (std::isnan(number)) return String("NaN");
  if (std::isinf(number)) return String(number > 0 ? "Infinity" : "-Infinity");
  Separate();
  const std::size_t start = text_.size();
  AppendNumber(number, text_);
  if (text_.find_first_of(".e", start) == std::string::npos) text_ += ".0";
  return *this;
}

JsonText& JsonText::Raw(std::string_view json) {
  Separate();
  text_ += json;
  return *this;
}

JsonText& JsonText::Member(std::string_view key, std::optional<Json> had,
                           std::string_view otherwise) {
  Key(key);
  return had ? Copy(*had) : Raw(otherwise);
}

// Recursion as deep as the document, which kMostJsonDepth bounds.
JsonText& JsonText::Copy(Json value) {
  using Type = simdjson::dom::element_type;
  switch (value.type()) {
    case Type::OBJECT:
      return CopyObject(AsObject(value, {}), [](std::string_view) { return false; });
    case Type::ARRAY:
      BeginList();
      for (const Json item : AsList(value, {})) Copy(item);
      return EndList();
    case Type::STRING: return String(AsText(value, {}));
    case Type::INT64: return Integer(AsInteger(value, {}));
    case Type::UINT64:
      Separate();
      AppendNumber(value.get_uint64().value_unsafe(), text_);
      return *this;
    case Type::DOUBLE: return Number(AsNumber(value, {}));
    case Type::BOOL: return Truth(AsTruth(value, {}));
    case Type::NULL_VALUE: return Null();
  }
  FP_CHECK(!"a type of JSON");
  return *this;
}

}  // namespace foldproof::pt2
