// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reports/json_report.h"

#include "harness/prove/verdict/names.h"
#include "reports/fold_report.h"
#include "reports/picture_json.h"
#include "reports/proof_json.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using Json = nlohmann::ordered_json;

// The file, or what the fold or the pass did that made the program in the same go.
Json AfterJson(const verify::Verified& verified) {
  if (verified.after) return FileJson(*verified.after);
  Json out{{"file", nullptr}, {"sha256", nullptr}};
  if (verified.fold) out["fold"] = FoldJson(*verified.fold);
  if (verified.pass) {
    out["pass"] = {{"command", verified.pass->command},
                   {"result", verified.pass->result},
                   {"detail", verified.pass->detail}};
  }
  return out;
}

// What is drawn, where it was and is to be shown; else nullptr.
const verify::Pictures* PicturesOf(const verify::Verified& verified, Shows shows) {
  return shows == Shows::kPictures && verified.pictures ? &*verified.pictures : nullptr;
}

// A site with the name that its author gave it, and with what is drawn of its tails.
Json WholeSite(const verify::Verified& verified, std::size_t s, Shows shows) {
  const prove::SiteVerdict& site = verified.verification.sites[s];
  Json out = SiteJson(site);
  const auto module = verified.modules.find(site.before_conv);
  if (module != verified.modules.end()) out["module"] = Printable(module->second);
  const verify::Pictures* pictures = PicturesOf(verified, shows);
  for (std::size_t t = 0; pictures != nullptr && t < pictures->tails[s].size(); ++t)
    out["tails"][t]["picture"] = PictureJson(pictures->tails[s][t]);
  return out;
}

Json RunJson(const verify::Verified& verified, const RunFacts& run) {
  std::int64_t evaluations = 0;
  for (const auto& site : verified.verification.sites) evaluations += site.evaluations;
  return {{"command", run.command},
          {"evaluations", evaluations},
          {"seconds",
           {{"read", verified.seconds.read},
            {"observe", verified.seconds.observe},
            {"prove", verified.seconds.prove},
            {"confirm", verified.seconds.confirm}}},
          {"threads", run.threads},
          {"version", run.version},
          {"machine", run.machine},
          {"executor", verified.executor.empty() ? Json(nullptr) : Json(verified.executor)}};
}

// The report without its sites.
Json Frame(const verify::Verified& verified, const RunFacts& run, Shows shows) {
  const prove::Verification& verification = verified.verification;
  Json out{{"report", "verify"},
           {"schema_version", 1},
           {"verdict", prove::NameOf(verification.verdict)},
           {"exit_code", static_cast<int>(verified.exit)},
           {"assumptions", AssumptionsJson(verified.options, verification)},
           {"gate", GateJson(verified.options)},
           {"before", FileJson(verified.before)},
           {"after", AfterJson(verified)},
           {"structure", StructureJson(verification)},
           {"sites", Json::array()},
           {"unproved", UnprovedJson(verification)}};
  AddNotes(verification, verified.notes, out);
  if (verified.inputs) out["gate"]["inputs"] = FileJson(*verified.inputs);
  if (verified.crashes) {
    out["quant_fusion_crashes"] = {{"before", CrashesJson(verified.crashes->before)},
                                   {"after", CrashesJson(verified.crashes->after)}};
  }
  if (const auto* pictures = PicturesOf(verified, shows))
    out["graphs"] = GraphsJson(pictures->graphs);
  out["run"] = RunJson(verified, run);
  AddCachedSites(run, out["run"]);
  return out;
}

std::string Text(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

// The text as it stands in a list of the report: no string of JSON holds a line's end.
std::string Indented(const std::string& text) {
  std::string out = "\n  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

std::string Written(const Json& report) { return Text(report) + "\n"; }

void AddCachedSites(const RunFacts& run, Json& block) {
  if (run.cached_sites) block["cached_sites"] = *run.cached_sites;
}

Json Number(double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); }

Json FileJson(const verify::FileIdentity& file) {
  return {{"file", file.file}, {"sha256", file.sha256}};
}

Json VerifyReport(const verify::Verified& verified, const RunFacts& run, Shows shows) {
  Json out = Frame(verified, run, shows);
  for (std::size_t s = 0; s < verified.verification.sites.size(); ++s)
    out["sites"].push_back(WholeSite(verified, s, shows));
  return out;
}

Pieces VerifyReportPieces(const verify::Verified& verified, const RunFacts& run, Shows shows) {
  return [&verified, &run, shows](const WritePiece& write) {
    const std::string frame = Written(Frame(verified, run, shows));
    constexpr std::string_view kSites = "\n \"sites\": [";
    const std::size_t at = frame.find(kSites);
    FP_CHECK(at != std::string::npos);
    const std::string_view whole = frame, rest = whole.substr(at + kSites.size());
    if (!write(whole.substr(0, at + kSites.size()))) return false;
    const std::size_t count = verified.verification.sites.size();
    for (std::size_t s = 0; s < count; ++s) {
      const std::string site = Indented(Text(WholeSite(verified, s, shows)));
      if (!write(s == 0 ? site : "," + site)) return false;
    }
    return (count == 0 || write("\n ")) && write(rest);
  };
}

void EraseCost(Json& report) {
  report.erase("run");
  for (auto& site : report.at("sites")) site.erase("evaluations");
}

}  // namespace foldproof::reports
