// SPDX-License-Identifier: BSD-3-Clause
//
// JSON that may hold anything: it is parsed within bounds, and each step into it checks what it
// wants. What is wrong throws Error(kInput) with the way to the field as its place
// ("sites[2].tails[0].scale"), which is empty for the whole text. Archives of programs are read
// with a faster parser (src/pt2/json_fields.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof {

struct JsonLimits {
  std::size_t bytes = std::size_t{256} << 20;
  int depth = 64;  // lists and objects inside of each other: copying and freeing a value recurses
  std::int64_t values = 20'000'000;
};

// Throws where `text` is no JSON or exceeds a limit, before anything deeper is built.
nlohmann::json ParseJson(std::string_view text, const JsonLimits& limits = {});

// A value and the way to it. Lives no longer than the JSON that it was made of.
class JsonField {
 public:
  explicit JsonField(const nlohmann::json& value, std::string way = "")
      : value_(value), way_(std::move(way)) {}

  const std::string& way() const { return way_; }
  const nlohmann::json& value() const { return value_; }

  JsonField At(std::string_view key) const;                   // must be there; may be null
  std::optional<JsonField> Find(std::string_view key) const;  // nullopt: absent or null
  // Fails where an object has a key that is none of these.
  void Only(const std::vector<std::string_view>& keys) const;

  // Calls `visit` on each entry of a list.
  void Each(const std::function<void(const JsonField&)>& visit) const;

  const std::string& Text() const;
  std::string TextOrNull() const;  // "" for null
  bool Truth() const;
  std::int64_t Integer() const;
  std::uint64_t Unsigned() const;                 // the whole numbers of 64 bits, without a sign
  std::uint64_t Count(std::uint64_t most) const;  // 0 to most
  double Share() const;                           // 0 to 1
  double Number() const;                          // finite
  double NumberFrom(double least) const;          // finite, >= least
  double Lsb() const;                             // >= 0; infinity for null
  bool IsText() const;
  bool IsNumber() const;
  bool IsNull() const;
  // One of `texts`.
  const std::string& OneOf(const std::vector<std::string_view>& texts) const;

  [[noreturn]] void Fail(const std::string& why) const;

 private:
  void CheckObject() const;

  const nlohmann::json& value_;
  std::string way_;
};

}  // namespace foldproof
