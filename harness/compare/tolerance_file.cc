// SPDX-License-Identifier: BSD-3-Clause
#include "harness/compare/tolerance_file.h"

#include <nlohmann/json.hpp>

#include "harness/prove/conv/read_conv_side.h"
#include "src/json/json_field.h"

namespace foldproof::compare {
namespace {

std::optional<double> ToleranceOf(const JsonField& field) {
  if (field.IsText() && field.Text() == "derived") return std::nullopt;
  if (!field.IsNumber()) field.Fail("must be \"derived\" or a finite number of LSB >= 0");
  return field.NumberFrom(0);
}

ToleranceFile::Site SiteOf(const JsonField& field) {
  field.Only({"match", "tolerance"});
  const JsonField match = field.At("match");
  if (match.Text().empty()) match.Fail("must be a pattern of names");
  return {match.Text(), ToleranceOf(field.At("tolerance"))};
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
  const nlohmann::json json = ParseJson(text, {.depth = 4});
  const JsonField root(json);
  root.Only({"default", "sites"});
  ToleranceFile out;
  if (json.contains("default")) out.otherwise = ToleranceOf(root.At("default"));
  if (!json.contains("sites")) return out;
  root.At("sites").Each([&](const JsonField& site) { out.sites.push_back(SiteOf(site)); });
  return out;
}

void ToleranceFile::Apply(const ir::Program& before, prove::ProveOptions& options) const {
  options.judge.tolerance_lsb = otherwise;
  for (const ir::Node& node : before.graph.nodes()) {
    if (!prove::IsConvolution(node) && !prove::IsMatrixProduct(node)) continue;
    for (const Site& site : sites) {
      if (!MatchesGlob(site.match, node.name)) continue;
      options.site_tolerances.emplace(node.name, site.lsb);
      break;
    }
  }
}

}  // namespace foldproof::compare
