// SPDX-License-Identifier: BSD-3-Clause
#include "reports/waiver_draft.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "reports/findings.h"

namespace foldproof::reports {
namespace {

struct Draft {
  std::string pair, rule, site, message;
  std::optional<double> up_to_lsb;
};

// The next number of four digits that is not below x.
double RoundedUp(double x) {
  if (x == 0) return 0;
  const double unit = std::pow(10.0, std::floor(std::log10(x)) - 3);
  return std::max(x, std::ceil(x / unit) * unit);
}

std::optional<double> MostOfDraft(const GatedPair& pair, const Finding& finding) {
  const auto lsb = FigureOf(pair, finding);
  if (!lsb || !std::isfinite(*lsb)) return std::nullopt;
  return RoundedUp(*lsb);
}

std::vector<Draft> DraftsOf(const Gate& gate) {
  std::vector<Draft> out;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const GatedPair& pair : gate.pairs) {
    for (std::size_t i = 0; i < pair.findings.size(); ++i) {
      const Finding& finding = pair.findings[i];
      if (pair.waived_by[i] != Gate::kNoWaiver) continue;
      if (finding.level == Level::kWarning && pair.allow_unproved) continue;
      const auto figure = MostOfDraft(pair, finding);
      if (!seen.emplace(pair.name, finding.rule, finding.node).second) continue;
      out.push_back({pair.name, finding.rule, finding.node, finding.message, figure});
    }
  }
  return out;
}

// A string of JSON is one of TOML, too.
std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

std::string Toml(const Draft& draft, const std::string& expires) {
  std::string out = fmt::format("\n# {}\n[[waiver]]\npair = {}\nrule = {}\n",
                                NameText(draft.message), Quoted(draft.pair), Quoted(draft.rule));
  if (!draft.site.empty()) out += fmt::format("site = {}\n", Quoted(draft.site));
  if (draft.up_to_lsb) out += fmt::format("up_to_lsb = {}\n", *draft.up_to_lsb);
  return out + fmt::format("reason = \"\"\nexpires = {}\n", expires);
}

nlohmann::ordered_json DraftJson(const Draft& draft, const std::string& expires) {
  nlohmann::ordered_json out{{"pair", draft.pair}, {"rule", draft.rule}};
  if (!draft.site.empty()) out["site"] = draft.site;
  if (draft.up_to_lsb) out["up_to_lsb"] = *draft.up_to_lsb;
  out["reason"] = "";
  out["expires"] = expires;
  return out;
}

}  // namespace

std::string DraftWaivers(const Gate& gate, const std::string& expires, WaiverFormat format) {
  const std::vector<Draft> drafts = DraftsOf(gate);
  if (drafts.empty()) return "";
  if (format == WaiverFormat::kToml) {
    std::string out;
    for (const Draft& draft : drafts) out += Toml(draft, expires);
    return out.substr(1);
  }
  auto waivers = nlohmann::ordered_json::array();
  for (const Draft& draft : drafts) waivers.push_back(DraftJson(draft, expires));
  const nlohmann::ordered_json out{{"waiver", std::move(waivers)}};
  return out.dump(1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace foldproof::reports
