// SPDX-License-Identifier: BSD-3-Clause
#include "cli/configuration_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/toml_reader.h"
#include "harness/exec/arrays/file_bytes.h"
#include "src/base/error.h"
#include "src/base/within.h"
#include "src/json/json_field.h"

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
      out.root = std::make_shared<const Json>(ParseJson(out.text));
      RefuseKeysTwice(out.text);
    } else {
      out.root = std::make_shared<const Json>(ParseToml(out.text, out.lines));
    }
    return out;
  });
}

Setting::Setting(const ConfigurationFile& file) : Setting(file, JsonField(*file.root)) {}

std::size_t Setting::LineOf(const std::string& way) const {
  const auto found = file_.lines.find(way);
  return found == file_.lines.end() ? 0 : found->second;
}

template <typename Body>
decltype(auto) Setting::Placed(Body&& body) const {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    FailAt(error.place(), error.why());
  }
}

void Setting::FailAt(const std::string& way, const std::string& why) const {
  std::string place = file_.path;
  if (const std::size_t line = LineOf(way)) place += fmt::format(": line {}", line);
  if (!way.empty()) place += ": " + way;
  throw Error(Error::Code::kInput, place, why);
}

void Setting::Only(const std::vector<std::string_view>& keys) const {
  Placed([&] { field_.Only(keys); });
}

std::optional<Setting> Setting::Find(std::string_view key) const {
  const auto found = Placed([&] { return field_.Find(key); });
  if (!found) return std::nullopt;
  return Setting(file_, *found);
}

Setting Setting::At(std::string_view key) const {
  return {file_, Placed([&] { return field_.At(key); })};
}

void Setting::Each(std::string_view key, const std::function<void(const Setting&)>& visit) const {
  std::vector<Setting> entries;
  Placed([&] {
    const auto list = field_.Find(key);
    if (!list) return;
    list->Each([&](const JsonField& entry) { entries.push_back({file_, entry}); });
  });
  for (const Setting& entry : entries) visit(entry);
}

const std::string& Setting::Text() const {
  return Placed([&]() -> const std::string& {
    const std::string& text = field_.Text();
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) field_.Fail("must not be empty");
    return text;
  });
}

const std::string& Setting::OneOf(const std::vector<std::string_view>& texts) const {
  return Placed([&]() -> const std::string& { return field_.OneOf(texts); });
}

bool Setting::Truth() const {
  return Placed([&] { return field_.Truth(); });
}

double Setting::Number() const {
  return Placed([&] { return field_.NumberFrom(0); });
}

std::string Setting::Date() const {
  return Placed([&] {
    if (!IsText() || !IsDate(field_.Text())) field_.Fail("must be a date of the form 2027-01-31");
    return field_.Text();
  });
}

void Setting::Fail(const std::string& why) const { FailAt(field_.way(), why); }

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
