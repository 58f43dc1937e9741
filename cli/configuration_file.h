// SPDX-License-Identifier: BSD-3-Clause
//
// A configuration as it stands in its file, TOML or JSON, and steps through it that know the line.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/json/json_field.h"

namespace foldproof::cli {

// What a file holds, whichever of the two languages it is written in. A date of TOML is a text.
struct ConfigurationFile {
  std::string path;
  std::string text;
  std::shared_ptr<const nlohmann::json> root;
  std::map<std::string, std::size_t> lines;  // by way ("pair[1].name"); JSON has none
};

// Throws Error(kInput) that names the file, and the line of a fault of syntax.
ConfigurationFile ReadConfigurationFile(const std::string& path);

// A field of a configuration, whose faults are told with the file and the line. Lives no longer
// than the file.
class Setting {
 public:
  explicit Setting(const ConfigurationFile& file);

  // Fails where the table has a key that is none of these.
  void Only(const std::vector<std::string_view>& keys) const;
  Setting At(std::string_view key) const;  // must be there
  std::optional<Setting> Find(std::string_view key) const;
  // Calls `visit` on each entry of the list `key`, where that is there.
  void Each(std::string_view key, const std::function<void(const Setting&)>& visit) const;

  bool IsText() const { return field_.IsText(); }
  const std::string& Text() const;  // not empty
  const std::string& OneOf(const std::vector<std::string_view>& texts) const;
  bool Truth() const;
  double Number() const;                                     // finite, >= 0
  std::string Date() const;                                  // of the calendar, YYYY-MM-DD
  std::size_t line() const { return LineOf(field_.way()); }  // 0 where it is not known

  // Throws Error(kInput): "foldproof.toml: line 12: pair[1].tolerance", and why.
  [[noreturn]] void Fail(const std::string& why) const;

 private:
  Setting(const ConfigurationFile& file, JsonField field) : file_(file), field_(std::move(field)) {}
  std::size_t LineOf(const std::string& way) const;
  [[noreturn]] void FailAt(const std::string& way, const std::string& why) const;
  // What `body()` returns; a fault of a field gets the file and the line in front.
  template <typename Body>
  decltype(auto) Placed(Body&& body) const;

  const ConfigurationFile& file_;
  JsonField field_;
};

// Whether `text` is a day of the calendar as YYYY-MM-DD; such days are ordered as texts are.
bool IsDate(std::string_view text);

}  // namespace foldproof::cli
