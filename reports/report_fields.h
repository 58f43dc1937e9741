// SPDX-License-Identifier: BSD-3-Clause
//
// Walking JSON that may hold anything: each step checks what it wants and throws Error(kInput) with
// the way to the field as its place ("sites[2].tails[0].scale").
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::reports {

// Parses `text`. At most 256 MiB, 64 levels, 20 million values.
nlohmann::json ParseBounded(std::string_view text);

// A value and the way to it. Lives no longer than the JSON that it was made of.
class ReportField {
 public:
  ReportField(const nlohmann::json& value, std::string way) : value_(value), way_(std::move(way)) {}

  ReportField At(const char* key) const;                   // must be there; may be null
  std::optional<ReportField> Find(const char* key) const;  // nullopt: absent or null

  // Calls `visit` on each entry of a list.
  void Each(const std::function<void(const ReportField&)>& visit) const;

  const std::string& Text() const;
  std::string TextOrNull() const;  // "" for null
  bool Truth() const;
  std::int64_t Integer() const;
  std::uint64_t Count(std::uint64_t most) const;  // 0 to most
  double Share() const;                           // 0 to 1
  double Number() const;                          // finite
  double Lsb() const;                             // >= 0; infinity for null
  bool IsText() const;
  bool IsNull() const;
  // One of `texts`.
  const std::string& OneOf(const std::vector<std::string_view>& texts) const;

  [[noreturn]] void Fail(const std::string& why) const;

 private:
  const nlohmann::json& value_;
  std::string way_;
};

}  // namespace foldproof::reports
