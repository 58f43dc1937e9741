// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/json_fields.h"

#include <limits>
#include <new>
#include <utility>

#include "src/base/error.h"
#include "src/pt2/limits.h"

namespace foldproof::pt2 {
namespace {

// Whether commas and opening brackets outside of strings say that there are too many values.
bool HasTooManyValues(std::string_view text) {
  if (text.size() <= kMostJsonValues) return false;  // as almost all are: nothing to count
  std::size_t values = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
    } else if (c == ',' || c == '[' || c == '{') {
      ++values;
    }
  }
  return values > kMostJsonValues;
}

const char* JsonTypeName(simdjson::dom::element_type type) {
  using Type = simdjson::dom::element_type;
  switch (type) {
    case Type::ARRAY: return "array";
    case Type::OBJECT: return "object";
    case Type::INT64:
    case Type::UINT64:
    case Type::DOUBLE: return "number";
    case Type::STRING: return "string";
    case Type::BOOL: return "boolean";
    case Type::NULL_VALUE: return "null";
  }
  FP_CHECK(!"a type of JSON");
  return "";
}

[[noreturn]] void WrongType(Json value, std::string_view what, const char* wanted) {
  FailField(what, std::string("must be ") + wanted + ", is " + JsonTypeName(value.type()));
}

// `value` as what the JSON library calls a T.
template <typename T>
T As(Json value, std::string_view what, const char* wanted) {
  T out;
  if (value.get(out) != simdjson::SUCCESS) WrongType(value, what, wanted);
  return out;
}

}  // namespace

void FailField(std::string_view what, std::string why, std::string_view advice) {
  throw Error(Error::Code::kInput, "",
              "'" + std::string(what) + "' " + std::move(why) + "; " + std::string(advice));
}

JsonDocument::JsonDocument(std::string_view text)
    : document_(std::make_unique<simdjson::dom::document>()) {
  if (HasTooManyValues(text)) {
    throw Error(Error::Code::kInput, "",
                "has more than " + std::to_string(kMostJsonValues) +
                    " values, which is not read; split the program");
  }
  simdjson::dom::parser parser;
  // Its depth is the first that is not read.
  simdjson::error_code fault = parser.allocate(text.size(), kMostJsonDepth + 1);
  if (fault == simdjson::SUCCESS) {
    fault = parser.parse_into_document(*document_, text.data(), text.size()).error();
  }
  if (fault == simdjson::SUCCESS) return;
  if (fault == simdjson::MEMALLOC) throw std::bad_alloc();
  if (fault == simdjson::DEPTH_ERROR) {
    throw Error(Error::Code::kInput, "",
                "nests more than " + std::to_string(kMostJsonDepth) +
                    " lists and objects; torch.export.save writes none such");
  }
  throw Error(
      Error::Code::kInput, "",
      std::string("not JSON: ") + simdjson::error_message(fault) + "; save the program again");
}

std::optional<Json> Find(Json object, std::string_view key) {
  std::optional<Json> found;
  for (const auto& [name, value] : As<JsonObject>(object, key, "in an object")) {
    if (name != key) continue;
    if (found) FailField(key, "is there twice");
    found = value;
  }
  return found;
}

std::optional<Json> OptionalField(Json object, std::string_view key) {
  const std::optional<Json> found = Find(object, key);
  return found && found->is_null() ? std::nullopt : found;
}

Json Field(Json object, std::string_view key) {
  const std::optional<Json> found = OptionalField(object, key);
  if (!found) FailField(key, "is missing");
  return *found;
}

JsonObject AsObject(Json value, std::string_view what) {
  return As<JsonObject>(value, what, "an object");
}

JsonList AsList(Json value, std::string_view what) { return As<JsonList>(value, what, "a list"); }

std::vector<Json> ItemsOf(Json list, std::string_view what) {
  const JsonList items = AsList(list, what);
  return {items.begin(), items.end()};
}

std::string_view AsText(Json value, std::string_view what) {
  return As<std::string_view>(value, what, "a string");
}

std::int64_t AsInteger(Json value, std::string_view what) {
  std::int64_t out = 0;
  const simdjson::error_code fault = value.get(out);
  if (fault == simdjson::NUMBER_OUT_OF_RANGE) FailField(what, "must fit into 64 bits");
  if (fault != simdjson::SUCCESS) WrongType(value, what, "an integer");
  return out;
}

bool AsTruth(Json value, std::string_view what) { return As<bool>(value, what, "true or false"); }

double AsNumber(Json value, std::string_view what) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return As<double>(value, what, "a number");
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  WrongType(value, what, "a number");
}

std::string_view TextField(Json object, std::string_view key) {
  return AsText(Field(object, key), key);
}

std::int64_t IntegerField(Json object, std::string_view key) {
  return AsInteger(Field(object, key), key);
}

Tagged AsUnion(Json value, std::string_view what) {
  JsonObject members;
  if (value.get(members) != simdjson::SUCCESS || members.size() != 1) {
    FailField(what, "must be an object of one member");
  }
  const auto only = members.begin();
  return {only.key(), only.value()};
}

}  // namespace foldproof::pt2
