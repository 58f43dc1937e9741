// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/tolerance_file.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "harness/prove/conv/read_conv_side.h"
#include "src/base/error.h"

namespace foldproof::compare {
namespace {

using Json = nlohmann::json;

[[noreturn]] void Refuse(const std::string& place, const std::string& why) {
  throw Error(Error::Code::kInput, place, why);
}

std::optional<double> ToleranceOf(const Json& json, const std::string& place) {
  if (json.is_string() && json.get<std::string>() == "derived") return std::nullopt;
  if (json.is_number()) {
    const double lsb = json.get<double>();
    if (std::isfinite(lsb) && lsb >= 0) return lsb;
  }
  Refuse(place, "must be \"derived\" or a finite number of LSB >= 0");
}

void CheckKeys(const Json& json, const std::string& place,
               const std::vector<std::string_view>& known) {
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) == known.end())
      Refuse(place, "'" + Printable(key, 60) + "' is not known here");
  }
}

ToleranceFile::Site SiteOf(const Json& json, const std::string& place) {
  if (!json.is_object()) Refuse(place, "must be an object");
  CheckKeys(json, place, {"match", "tolerance"});
  const auto match = json.find("match");
  const auto tolerance = json.find("tolerance");
  if (match == json.end() || !match->is_string() || match->get<std::string>().empty())
    Refuse(place, "needs \"match\", a pattern of names");
  if (tolerance == json.end()) Refuse(place, "needs \"tolerance\"");
  return {match->get<std::string>(), ToleranceOf(*tolerance, place + ": tolerance")};
}

}  // namespace

// Greedy: on a mismatch the last * takes one character more, so the time is at most the product of
// the two lengths.
bool MatchesGlob(std::string_view glob, std::string_view name) {
  std::size_t g = 0, n = 0;
  std::size_t star = std::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

ToleranceFile ParseToleranceFile(std::string_view text) {
  // The depth is bounded before anything is built: the parser itself is not recursive, but a
  // value's destructor is.
  int depth = 0;
  const auto shallow = [&](int, Json::parse_event_t event, Json&) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (++depth > 4) Refuse("", "is nested too deeply");
    }
    if (event == Event::object_end || event == Event::array_end) --depth;
    return true;
  };
  Json json;
  try {
    json = Json::parse(text, shallow);
  } catch (const Json::exception& error) {
    Refuse("", std::string("is not JSON: ") + error.what());
  }
  if (!json.is_object()) Refuse("", "must be an object with \"default\" and \"sites\"");
  CheckKeys(json, "", {"default", "sites"});
  ToleranceFile out;
  if (json.contains("default")) out.otherwise = ToleranceOf(json["default"], "default");
  if (!json.contains("sites")) return out;
  if (!json["sites"].is_array()) Refuse("sites", "must be a list");
  for (std::size_t i = 0; i < json["sites"].size(); ++i)
    out.sites.push_back(SiteOf(json["sites"][i], "sites[" + std::to_string(i) + "]"));
  return out;
}

void ToleranceFile::Apply(const ir::Program& before, prove::ProveOptions& options) const {
  options.judge.tolerance_lsb = otherwise;
  for (const ir::Node& node : before.graph.nodes()) {
    if (!prove::IsConvolution(node)) continue;
    for (const Site& site : sites) {
      if (!MatchesGlob(site.match, node.name)) continue;
      options.site_tolerances.emplace(node.name, site.lsb);
      break;
    }
  }
}

}  // namespace foldproof::compare
