// SPDX-License-Identifier: BSD-3-Clause
//
// Reading JSON that may hold anything: each function checks the type it wants and throws
// Error(kInput), with an empty place, that names the field. A member that is looked up and there
// twice is refused: readers of JSON do not agree on which of the two counts.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::pt2 {

// A value in a JsonDocument, as cheap to copy as a pointer. Finding a member or an item by its
// place walks over those before it: iterate, or make a JsonIndex.
using Json = simdjson::dom::element;
using JsonObject = simdjson::dom::object;
using JsonList = simdjson::dom::array;

// A JSON text, parsed; its values and their texts live as long as this does.
class JsonDocument {
 public:
  explicit JsonDocument(std::string_view text);
  Json root() const { return document_->root(); }

 private:
  std::unique_ptr<simdjson::dom::document> document_;  // values point to it: it stays where it is
};

std::optional<Json> Find(Json object, std::string_view key);           // null too
std::optional<Json> OptionalField(Json object, std::string_view key);  // nullopt: absent or null
Json Field(Json object, std::string_view key);

// `what` is the field's name, for the error.
JsonObject AsObject(Json value, std::string_view what);
JsonList AsList(Json value, std::string_view what);
std::vector<Json> ItemsOf(Json list, std::string_view what);  // to be found by their places
std::string_view AsText(Json value, std::string_view what);
std::int64_t AsInteger(Json value, std::string_view what);
bool AsTruth(Json value, std::string_view what);
// A number, or "Infinity", "-Infinity", "NaN", as torch writes what JSON has no number for.
double AsNumber(Json value, std::string_view what);

std::string_view TextField(Json object, std::string_view key);
std::int64_t IntegerField(Json object, std::string_view key);

// A union of the schema: an object with one member, whose key says what the value is.
struct Tagged {
  std::string_view kind;
  Json value;
};
Tagged AsUnion(Json value, std::string_view what);

// `advice` says what would mend it.
[[noreturn]] void FailField(std::string_view what, std::string why,
                            std::string_view advice = "save the program again");

}  // namespace foldproof::pt2
