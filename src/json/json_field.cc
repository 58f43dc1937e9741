// SPDX-License-Identifier: BSD-3-Clause
#include "src/json/json_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "src/base/nearest_name.h"
#include "src/base/refuse.h"

namespace foldproof {
namespace {

using Json = nlohmann::json;

std::string MeantAmong(std::string_view typed, const std::vector<std::string_view>& names) {
  return DidYouMean(typed, {names.begin(), names.end()});
}

}  // namespace

Json ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) Refuse(fmt::format("is larger than {} bytes", limits.bytes));
  int depth = 0;
  std::int64_t values = 0;
  const auto bound = [&](int, Json::parse_event_t event, Json&) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (++depth > limits.depth) {
        Refuse(fmt::format("nests more than {} lists and objects", limits.depth));
      }
    }
    if (event == Event::object_end || event == Event::array_end) --depth;
    if (++values > limits.values) Refuse(fmt::format("has more than {} values", limits.values));
    return true;
  };
  try {
    return Json::parse(text, bound);
  } catch (const Json::exception& why) {
    // Behind a mark of the library's own, "[json.exception.parse_error.101] ".
    const std::string text = why.what();
    const std::size_t mark = text.starts_with('[') ? text.find("] ") : std::string::npos;
    Refuse("is not JSON: " + (mark == std::string::npos ? text : text.substr(mark + 2)));
  }
}

void JsonField::CheckObject() const {
  if (!value_.is_object()) Fail("must be an object");
}

JsonField JsonField::At(std::string_view key) const {
  CheckObject();
  const auto found = value_.find(key);
  if (found == value_.end()) Fail(fmt::format("has no '{}'", key));
  return JsonField(*found, (way_.empty() ? "" : way_ + ".") + std::string(key));
}

std::optional<JsonField> JsonField::Find(std::string_view key) const {
  CheckObject();
  const auto found = value_.find(key);
  if (found == value_.end() || found->is_null()) return std::nullopt;
  return At(key);
}

void JsonField::Only(const std::vector<std::string_view>& keys) const {
  CheckObject();
  for (const auto& [key, value] : value_.items()) {
    if (std::ranges::find(keys, key) != keys.end()) continue;
    const JsonField unknown(value, (way_.empty() ? "" : way_ + ".") + Printable(key, 60));
    unknown.Fail(
        fmt::format("is no key{}; there are {}", MeantAmong(key, keys), fmt::join(keys, ", ")));
  }
}

void JsonField::Each(const std::function<void(const JsonField&)>& visit) const {
  if (!value_.is_array()) Fail("must be a list");
  for (std::size_t i = 0; i < value_.size(); ++i) {
    visit(JsonField(value_[i], way_ + "[" + std::to_string(i) + "]"));
  }
}

const std::string& JsonField::Text() const {
  if (!value_.is_string()) Fail("must be a string");
  return value_.get_ref<const std::string&>();
}

std::string JsonField::TextOrNull() const { return IsNull() ? std::string() : Text(); }

bool JsonField::Truth() const {
  if (!value_.is_boolean()) Fail("must be true or false");
  return value_.get<bool>();
}

std::int64_t JsonField::Integer() const {
  const bool fits = value_.is_number_integer() &&
                    (!value_.is_number_unsigned() ||
                     value_.get<std::uint64_t>() <=
                         static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!fits) Fail("must be an integer of 64 bits");
  return value_.get<std::int64_t>();
}

std::uint64_t JsonField::Unsigned() const {
  if (!value_.is_number_unsigned()) Fail("must be a whole number that is not negative");
  return value_.get<std::uint64_t>();
}

std::uint64_t JsonField::Count(std::uint64_t most) const {
  const std::int64_t count = Integer();
  if (count < 0 || static_cast<std::uint64_t>(count) > most) {
    Fail("must lie in 0 to " + std::to_string(most));
  }
  return static_cast<std::uint64_t>(count);
}

double JsonField::Number() const {
  if (!value_.is_number()) Fail("must be a number");
  const double number = value_.get<double>();
  if (!std::isfinite(number)) Fail("must be a finite number");
  return number;
}

double JsonField::NumberFrom(double least) const {
  const double number = Number();
  if (number < least) Fail(fmt::format("must be a finite number >= {}", least));
  return number;
}

double JsonField::Share() const {
  const double share = Number();
  if (share < 0 || share > 1) Fail("must lie in 0 to 1");
  return share;
}

double JsonField::Lsb() const {
  return IsNull() ? std::numeric_limits<double>::infinity() : NumberFrom(0);
}

bool JsonField::IsText() const { return value_.is_string(); }
bool JsonField::IsNumber() const { return value_.is_number(); }
bool JsonField::IsNull() const { return value_.is_null(); }

const std::string& JsonField::OneOf(const std::vector<std::string_view>& texts) const {
  const std::string& text = Text();
  if (std::ranges::find(texts, text) == texts.end()) {
    Fail(fmt::format("is '{}', must be one of {}{}", Printable(text, 60), fmt::join(texts, ", "),
                     MeantAmong(text, texts)));
  }
  return text;
}

void JsonField::Fail(const std::string& why) const { throw Error(Error::Code::kInput, way_, why); }

}  // namespace foldproof
