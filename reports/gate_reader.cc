// SPDX-License-Identifier: BSD-3-Clause
//
// A gate's report as the other formats tell it: that of each pair, with what is waived there.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/gate.h"
#include "reports/report_reader.h"
#include "src/base/error.h"
#include "src/base/within.h"

namespace foldproof::reports {
namespace {

constexpr std::uint64_t kHighestLineNumber = 100'000'000;

class GateReader {
 public:
  GateReader(const std::string& file, const JsonField& root) : file_(file), root_(root) {}

  void Run(ReportSet& set) {
    if (root_.At("schema_version").Integer() != 1)
      root_.At("schema_version").Fail("must be 1, which is what this foldproof reads");
    configuration_ = root_.At("configuration").At("file").Text();
    const auto shard = root_.Find("shard");
    const auto name = shard ? shard->Find("shard") : std::nullopt;
    if (name && root_.At("pairs").value().empty()) {
      set.empty_shards.push_back(EmptyShardText(name->Text(), shard->At("pairs").value().size()));
    }
    root_.At("waivers").Each([&](const JsonField& waiver) { AddWaiver(waiver, set); });
    root_.At("pairs").Each([&](const JsonField& pair) { AddPair(pair, set); });
  }

 private:
  // As the gate said it; older reports have no words.
  std::string WhatIsWrong(const JsonField& waiver, bool expired) const {
    const WaivedFinding& own = waivers_.back();
    const auto why = waiver.Find("why");
    if (why)
      return ": " + PrintableMessage(why->Text()) +
             (expired ? " (" + PrintableMessage(own.reason) + ")" : "");
    if (!expired) return " is needed by nothing";
    return " counted until " + NameText(own.expires) + ": " + PrintableMessage(own.reason);
  }

  void AddWaiver(const JsonField& waiver, ReportSet& set) {
    waivers_.push_back({waiver.At("reason").Text(), waiver.At("expires").Text()});
    const std::string& status =
        waiver.At("status").OneOf({"used", "unused", "exceeded", "unjudged", "expired"});
    if (status == "used") return;
    const bool expired = status == "expired";
    const auto line = waiver.Find("line");
    const std::string what =
        fmt::format("the waiver of {} for {}", NameText(waiver.At("rule").Text()),
                    NameText(waiver.At("pair").Text()));
    Finding finding{expired ? Level::kError : Level::kWarning,
                    "waiver-" + status,
                    "",
                    what + WhatIsWrong(waiver, expired),
                    {},
                    {},
                    fmt::format("{} {}", status, what)};
    set.waivers.push_back({configuration_,
                           line ? static_cast<std::size_t>(line->Count(kHighestLineNumber)) : 0,
                           finding});
  }

  void AddPair(const JsonField& pair, ReportSet& set) {
    const std::string& name = pair.At("name").Text();
    const auto whole = pair.Find("report");
    if (!whole) {
      set.unusable.push_back({name, pair.At("why").Text()});
      return;
    }
    Report report = ReadReportAt(*whole);
    report.file = file_;
    report.name = name;
    report.exit_code = static_cast<int>(pair.At("exit_code").Count(2));
    pair.At("findings").Each([&](const JsonField& finding) {
      const auto waiver = finding.Find("waiver");
      if (!waiver) return;
      if (waivers_.empty()) waiver->Fail("is none of the report's waivers");
      report.waived.emplace(finding.At("fingerprint").Text(),
                            waivers_[waiver->Count(waivers_.size() - 1)]);
    });
    set.reports.push_back(std::move(report));
  }

  const std::string& file_;
  const JsonField& root_;
  std::string configuration_;
  std::vector<WaivedFinding> waivers_;
};

ReportSet ReportSetOf(std::string_view text, const std::string& file) {
  const nlohmann::json json = ParseJson(text);
  const JsonField root(json);
  ReportSet out;
  if (root.At("report").Text() == "gate") {
    GateReader(file, root).Run(out);
  } else {
    out.reports.push_back(ReadReportAt(root));
    out.reports.back().file = file;
  }
  return out;
}

}  // namespace

void ReadInto(const std::string& file, ReportSet& set) {
  ReportSet read = Within(file, [&] {
    const std::string text = TextOfReport(file);
    return WithReportRemedy([&] { return ReportSetOf(text, file); });
  });
  for (Report& report : read.reports) set.reports.push_back(std::move(report));
  for (ReportSet::Unusable& one : read.unusable) set.unusable.push_back(std::move(one));
  for (ReportSet::WaiverNote& note : read.waivers) set.waivers.push_back(std::move(note));
  for (std::string& empty : read.empty_shards) set.empty_shards.push_back(std::move(empty));
}

}  // namespace foldproof::reports
