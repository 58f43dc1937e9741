// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/json_fields.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "src/base/error.h"
#include "src/pt2/limits.h"

namespace foldproof::pt2 {
namespace {

struct Extent {
  int depth = 0;
  std::size_t values = 0;
};

// How deep brackets outside of strings nest, and how many values there are about. Stops at the
// first figure that is above its limit.
Extent Measure(std::string_view text) {
  Extent most;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\') ++i;
      }
    } else if (c == '[' || c == '{') {
      most.depth = std::max(most.depth, ++depth);
      ++most.values;
    } else if (c == ',') {
      ++most.values;
    } else if (c == ']' || c == '}') {
      --depth;
    }
    if (most.depth > kMostJsonDepth || most.values > kMostJsonValues) break;
  }
  return most;
}

[[noreturn]] void WrongType(const Json& value, std::string_view what, const char* wanted) {
  FailField(what, std::string("must be ") + wanted + ", is " + value.type_name());
}

}  // namespace

void FailField(std::string_view what, std::string why) {
  throw Error(Error::Code::kInput, "",
              "'" + std::string(what) + "' " + std::move(why) + "; save the program again");
}

Json ParseJson(std::string_view text) {
  const Extent extent = Measure(text);
  if (extent.values > kMostJsonValues) {
    throw Error(Error::Code::kInput, "",
                "has more than " + std::to_string(kMostJsonValues) +
                    " values, which is not read; split the program");
  }
  if (extent.depth > kMostJsonDepth) {
    throw Error(Error::Code::kInput, "",
                "nests more than " + std::to_string(kMostJsonDepth) +
                    " lists and objects; torch.export.save writes none such");
  }
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    throw Error(Error::Code::kInput, "",
                std::string("not JSON: ") + e.what() + "; save the program again");
  }
}

const Json* OptionalField(const Json& object, std::string_view key) {
  if (!object.is_object()) WrongType(object, key, "in an object");
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& Field(const Json& object, std::string_view key) {
  const Json* found = OptionalField(object, key);
  if (found == nullptr) FailField(key, "is missing");
  return *found;
}

const Json& AsObject(const Json& value, std::string_view what) {
  if (!value.is_object()) WrongType(value, what, "an object");
  return value;
}

const Json& AsList(const Json& value, std::string_view what) {
  if (!value.is_array()) WrongType(value, what, "a list");
  return value;
}

const std::string& AsText(const Json& value, std::string_view what) {
  if (!value.is_string()) WrongType(value, what, "a string");
  return value.get_ref<const std::string&>();
}

std::int64_t AsInteger(const Json& value, std::string_view what) {
  if (!value.is_number_integer()) WrongType(value, what, "an integer");
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    FailField(what, "must fit into 64 bits");
  }
  return value.get<std::int64_t>();
}

bool AsTruth(const Json& value, std::string_view what) {
  if (!value.is_boolean()) WrongType(value, what, "true or false");
  return value.get<bool>();
}

double AsNumber(const Json& value, std::string_view what) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) WrongType(value, what, "a number");
  const auto& text = value.get_ref<const std::string&>();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  WrongType(value, what, "a number");
}

const std::string& TextField(const Json& object, std::string_view key) {
  return AsText(Field(object, key), key);
}

std::int64_t IntegerField(const Json& object, std::string_view key) {
  return AsInteger(Field(object, key), key);
}

Json Member(const char* key, Json value) {
  Json out = Json::object();
  out.emplace(key, std::move(value));
  return out;
}

Tagged AsUnion(const Json& value, std::string_view what) {
  if (!value.is_object() || value.size() != 1) FailField(what, "must be an object of one member");
  const auto only = value.begin();
  return {only.key(), only.value()};
}

}  // namespace foldproof::pt2
