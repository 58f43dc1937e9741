// SPDX-License-Identifier: BSD-3-Clause
#include "cli/toml_reader.h"

#include <toml++/toml.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "src/base/error.h"

namespace foldproof::cli {
namespace {

using Json = nlohmann::json;
using Lines = std::map<std::string, std::size_t>;

template <typename Time>
std::string TextOf(const toml::value<Time>& time) {
  std::ostringstream out;
  out << time.get();
  return out.str();
}

// The parser allows no more than 256 levels.
Json JsonOf(const toml::node& node, const std::string& way, Lines& lines) {
  lines.emplace(way, node.source().begin.line);
  if (const auto* table = node.as_table()) {
    Json out = Json::object();
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      out[name] = JsonOf(value, way.empty() ? name : way + "." + name, lines);
    }
    return out;
  }
  if (const auto* array = node.as_array()) {
    Json out = Json::array();
    for (const toml::node& entry : *array)
      out.push_back(JsonOf(entry, way + "[" + std::to_string(out.size()) + "]", lines));
    return out;
  }
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* integer = node.as_integer()) return integer->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* date = node.as_date()) return TextOf(*date);
  if (const auto* time = node.as_time()) return TextOf(*time);
  if (const auto* both = node.as_date_time()) return TextOf(*both);
  return nullptr;
}

}  // namespace

Json ParseToml(std::string_view text, Lines& lines) {
  try {
    return JsonOf(toml::parse(text), "", lines);
  } catch (const toml::parse_error& error) {
    throw Error(Error::Code::kInput, "line " + std::to_string(error.source().begin.line),
                "is not TOML: " + std::string(error.description()));
  }
}

}  // namespace foldproof::cli
