// SPDX-License-Identifier: BSD-3-Clause
#include "reports/tails_report.h"

#include <nlohmann/json.hpp>

#include "harness/prove/verdict/names.h"

namespace foldproof::reports {

nlohmann::ordered_json TailsReport(const std::string& file, prove::Reach reach,
                                   const std::vector<prove::ListedSite>& sites,
                                   const RunFacts& run) {
  using Json = nlohmann::ordered_json;
  Json out{{"report", "tails"},
           {"schema_version", 1},
           {"file", file},
           {"reach", prove::NameOf(reach)},
           {"sites", Json::array()}};
  for (const prove::ListedSite& site : sites) {
    Json one{{"conv", site.conv},
             {"reason", site.reason.empty() ? Json(nullptr) : Json(site.reason)},
             {"tails", Json::array()}};
    for (const prove::ListedTail& tail : site.tails) {
      Json listed{{"output", tail.output ? Json(*tail.output) : Json(nullptr)},
                  {"frontier", tail.frontier},
                  {"place", tail.place},
                  {"channels", Json::array()}};
      for (const prove::ListedChannel& channel : tail.channels) {
        listed["channels"].push_back(
            {{"reach", {channel.low, channel.high}},
             {"steps", channel.steps ? Json(*channel.steps) : Json(nullptr)},
             {"crc32", channel.crc32 ? Json(*channel.crc32) : Json(nullptr)}});
      }
      one["tails"].push_back(std::move(listed));
    }
    out["sites"].push_back(std::move(one));
  }
  out["run"] = {{"command", run.command}, {"version", run.version}, {"machine", run.machine}};
  return out;
}

}  // namespace foldproof::reports
