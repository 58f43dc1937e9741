// SPDX-License-Identifier: BSD-3-Clause
#include "reports/fingerprint.h"

#include <fmt/format.h>

#include <map>

#include "harness/verify/sha256.h"

namespace foldproof::reports {
namespace {

// Texts made different by their number among equal ones.
class Numbering {
 public:
  std::string operator()(const std::string& text) {
    return fmt::format("{}, number {}", text, seen_[text]++);
  }

 private:
  std::map<std::string, int> seen_;
};

}  // namespace

std::vector<std::string> SiteKeys(const Report& report) {
  Numbering number;
  std::vector<std::string> out;
  for (const ReportedSite& site : report.sites) {
    out.push_back(
        number(fmt::format("{}, {} channels, {} taps", site.op, site.channels, site.taps)));
  }
  return out;
}

std::vector<std::string> TailKeys(const std::string& site_key, const ReportedSite& site) {
  Numbering number;
  std::vector<std::string> out;
  for (const ReportedTail& tail : site.tails) {
    const std::string end = tail.output ? fmt::format("output {}", *tail.output) : "inside";
    out.push_back(number(site_key + ": " + end));
  }
  return out;
}

std::vector<std::string> StructureKeys(const Report& report) {
  Numbering number;
  std::vector<std::string> out;
  for (const prove::StructureFinding& finding : report.structure) {
    out.push_back(number(fmt::format("structure {}, {}", finding.rule, finding.op)));
  }
  return out;
}

std::string Fingerprint(std::string_view key) { return verify::Sha256(key).substr(0, 32); }

}  // namespace foldproof::reports
