// SPDX-License-Identifier: BSD-3-Clause
#include "cli/configuration_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/toml_reader.h"
#include "harness/exec/arrays/file_bytes.h"
#include "reports/report_fields.h"
#include "src/base/error.h"
#include "src/base/within.h"

namespace foldproof::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = std::size_t{4} << 20;

// A key that is there twice would silently be the later one. TOML has no such.
void RefuseKeysTwice(const std::string& text) {
  std::vector<std::set<std::string>> keys;
  const auto note = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key &&
        !keys.back().insert(parsed.get<std::string>()).second) {
      throw Error(Error::Code::kInput, parsed.get<std::string>(), "is there twice in one table");
    }
    return true;
  };
  [[maybe_unused]] const Json read = Json::parse(text, note);
}

}  // namespace

ConfigurationFile ReadConfigurationFile(const std::string& path) {
  return Within(path, [&] {
    ConfigurationFile out{path, {}, nullptr, {}};
    const auto bytes = exec::ReadFileBytes(path, kMostBytes);
    out.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (path.ends_with(".json")) {
      out.root = std::make_shared<const Json>(reports::ParseBounded(out.text));
      RefuseKeysTwice(out.text);
    } else {
      out.root = std::make_shared<const Json>(ParseToml(out.text, out.lines));
    }
    return out;
  });
}

Setting::Setting(const ConfigurationFile& file) : Setting(file, *file.root, "") {}

Setting Setting::Below(std::string_view key, const Json& value) const {
  return {file_, value, (way_.empty() ? "" : way_ + ".") + std::string(key)};
}

void Setting::Only(const std::vector<std::string_view>& keys) const {
  if (!value_.is_object()) Fail("must be a table");
  for (const auto& [key, value] : value_.items()) {
    if (std::ranges::find(keys, key) == keys.end())
      Below(key, value).Fail(fmt::format("is no key; there are {}", fmt::join(keys, ", ")));
  }
}

std::optional<Setting> Setting::Find(std::string_view key) const {
  const auto found = value_.find(key);
  if (found == value_.end()) return std::nullopt;
  return Below(key, *found);
}

Setting Setting::At(std::string_view key) const {
  if (const auto found = Find(key)) return *found;
  Fail(fmt::format("has no {}, which it needs", key));
}

void Setting::Each(std::string_view key, const std::function<void(const Setting&)>& visit) const {
  const auto list = Find(key);
  if (!list) return;
  if (!list->value_.is_array()) list->Fail("must be a list of tables");
  for (std::size_t i = 0; i < list->value_.size(); ++i)
    visit({file_, list->value_[i], fmt::format("{}[{}]", list->way_, i)});
}

bool Setting::IsText() const { return value_.is_string(); }

const std::string& Setting::Text() const {
  if (!value_.is_string()) Fail("must be a text");
  const auto& text = value_.get_ref<const std::string&>();
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) Fail("must not be empty");
  return text;
}

const std::string& Setting::OneOf(const std::vector<std::string_view>& texts) const {
  const std::string& text = Text();
  if (std::ranges::find(texts, text) == texts.end())
    Fail(fmt::format("is '{}', must be one of {}", Printable(text), fmt::join(texts, ", ")));
  return text;
}

bool Setting::Truth() const {
  if (!value_.is_boolean()) Fail("must be true or false");
  return value_.get<bool>();
}

double Setting::Number() const {
  if (!value_.is_number()) Fail("must be a number");
  const double number = value_.get<double>();
  if (!std::isfinite(number) || number < 0) Fail("must be a finite number >= 0");
  return number;
}

std::string Setting::Date() const {
  if (!value_.is_string() || !IsDate(value_.get_ref<const std::string&>()))
    Fail("must be a date of the form 2027-01-31");
  return value_.get<std::string>();
}

std::size_t Setting::line() const {
  const auto found = file_.lines.find(way_);
  return found == file_.lines.end() ? 0 : found->second;
}

void Setting::Fail(const std::string& why) const {
  std::string place = file_.path;
  if (line() > 0) place += fmt::format(": line {}", line());
  if (!way_.empty()) place += ": " + way_;
  throw Error(Error::Code::kInput, place, why);
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto part = [&](std::size_t at, std::size_t count) {
    int value = -1;
    const char* end = text.data() + at + count;
    const auto [stopped, failed] = std::from_chars(text.data() + at, end, value);
    return failed == std::errc() && stopped == end ? value : -1;
  };
  const int year = part(0, 4), month = part(5, 2), day = part(8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day{std::chrono::year{year},
                                     std::chrono::month{static_cast<unsigned>(month)},
                                     std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

}  // namespace foldproof::cli
