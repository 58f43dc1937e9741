// SPDX-License-Identifier: BSD-3-Clause
//
// Reading JSON that may hold anything: each function checks the type it wants and throws
// Error(kInput), with an empty place, that names the field.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace foldproof::pt2 {

using Json = nlohmann::json;

// Parses `text`, whose nesting is checked first: a parser that recurses would follow it anywhere.
Json ParseJson(std::string_view text);

const Json& Field(const Json& object, std::string_view key);
const Json* OptionalField(const Json& object, std::string_view key);  // nullptr: absent or null

// `what` is the field's name, for the error.
const Json& AsObject(const Json& value, std::string_view what);
const Json& AsList(const Json& value, std::string_view what);
const std::string& AsText(const Json& value, std::string_view what);
std::int64_t AsInteger(const Json& value, std::string_view what);
bool AsTruth(const Json& value, std::string_view what);
// A number, or "Infinity", "-Infinity", "NaN", as torch writes what JSON has no number for.
double AsNumber(const Json& value, std::string_view what);

const std::string& TextField(const Json& object, std::string_view key);
std::int64_t IntegerField(const Json& object, std::string_view key);

// A union of the schema: an object with one member, whose key says what the value is.
struct Tagged {
  const std::string& kind;
  const Json& value;
};
Tagged AsUnion(const Json& value, std::string_view what);

// {key: value}, of which a file has thousands: an initializer list would make three lists of it.
Json Member(const char* key, Json value);

[[noreturn]] void FailField(std::string_view what, std::string why);

}  // namespace foldproof::pt2
