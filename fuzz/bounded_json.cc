// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/bounded_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "src/base/error.h"

namespace foldproof::fuzz {

nlohmann::json ParseBoundedJson(std::string_view text) {
  using Json = nlohmann::json;
  int depth = 0;
  const auto bounded = [&](int, Json::parse_event_t event, Json&) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (++depth > kMostNesting) {
        throw Error(Error::Code::kInput, "",
                    "nests more than " + std::to_string(kMostNesting) + " lists and objects");
      }
    }
    if (event == Event::object_end || event == Event::array_end) --depth;
    return true;
  };
  Json json = Json::parse(text, bounded, false);
  if (json.is_discarded()) throw Error(Error::Code::kInput, "", "is no JSON");
  return json;
}

}  // namespace foldproof::fuzz
