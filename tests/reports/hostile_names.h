// SPDX-License-Identifier: BSD-3-Clause
//
// Reports for tests: recorded ones, and the same with every name and text replaced.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/paths.h"

namespace foldproof::reports {

inline std::string GoldenText(const std::string& name) {
  std::ifstream file(std::string(tests::kSourceFolder) + "/golden/reports/" + name + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline nlohmann::json Golden(const std::string& name) {
  return nlohmann::json::parse(GoldenText(name));
}

// Every recorded report that differs or is unproved, so that each format has something to tell.
inline std::vector<std::string> TellingNames() {
  return {"default_conv2d_nobias", "default_negvar",          "fused_residual",
          "hand_04_dq_other_user", "hand_05_shared_bq",       "hand_05_float_bias_two_convs",
          "hand_08_unbatched_h1",  "hand_13_gamma0",          "hand_15_orig_axis",
          "hand_06_overflow_neg",  "hand_01_eps_mismatch_1e3"};
}

// What a name in a program may be.
inline std::vector<std::string> HostileNames() {
  return {"<script>alert(1)</script>",
          "</testcase>]]>&amp;<!--",
          "\x1b[31mred\x1b[0m\x07",
          "\"quotes' `ticks` | pipes \\",
          "a\n::error title=x::injected\r\n| b |\n",
          "%0A::warning::x",
          "[link](javascript:alert(1)) ![i](http://x) *b* _c_ ~~d~~ #1 @user",
          "\xe2\x80\xae right to left \xef\xbf\xbe no character",
          std::string(10'000, 'x') + "<b>"};
}

// `report` with `name` for every node, file, place, rule, reason and detail.
inline nlohmann::json WithNames(nlohmann::json report, const std::string& name) {
  static const std::vector<std::string> keys{"node",  "before_conv", "after_conv", "frontier",
                                             "place", "file",        "rule",       "reason",
                                             "op",    "detail"};
  if (report.is_object()) {
    for (auto& [key, value] : report.items()) {
      const bool named = std::find(keys.begin(), keys.end(), key) != keys.end();
      if (named && value.is_string())
        value = name;
      else
        value = WithNames(value, name);
    }
  } else if (report.is_array()) {
    for (auto& value : report) value = WithNames(value, name);
  }
  return report;
}

}  // namespace foldproof::reports
