// SPDX-License-Identifier: BSD-3-Clause
#include "reports/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "reports/fingerprint.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using prove::Verdict;

std::string Detail(const std::string& text) { return PrintableMessage(text); }

std::string ChannelsText(const std::vector<std::uint32_t>& channels, std::uint32_t of) {
  if (channels.size() >= of)
    return of == 1 ? "its one channel" : fmt::format("all {} channels", of);
  std::string list;
  for (std::size_t i = 0; i < channels.size() && i < 6; ++i)
    list += (i > 0 ? ", " : "") + std::to_string(channels[i]);
  if (channels.size() > 6) list += ", ...";
  return fmt::format("{} of {} channels ({})", channels.size(), of, list);
}

class Collector {
 public:
  explicit Collector(const Report& report) : report_(report) {}

  std::vector<Finding> Run() {
    AddStructure();
    const std::vector<std::string> keys = SiteKeys(report_);
    for (std::size_t s = 0; s < report_.sites.size(); ++s) AddSite(s, keys[s]);
    for (const prove::UnprovedPart& part : PartsOfTheirOwn(report_)) {
      Add({Level::kWarning, "unproved", part.node, Detail(part.reason), {}, {}, part.reason});
    }
    for (const ReportedSample& sample : report_.samples) {
      Add({Level::kError,
           sample.rule,
           sample.site,
           fmt::format("{}: {} in run {} of the inputs, {} proved", NameText(sample.place),
                       LsbText(sample.observed_lsb), sample.run, LsbText(sample.proved_lsb)),
           {},
           {},
           "sample"});
    }
    AddWhatIsMissing();
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) {
    const std::string key = finding.rule + ": " + finding.key;
    finding.key = fmt::format("{}, number {}", key, seen_[key]++);
    if (!report_.waived.empty()) {
      const auto waived = report_.waived.find(Fingerprint(finding.key));
      if (waived != report_.waived.end()) finding.waived = waived->second;
    }
    finding.where = Where(finding);
    findings_.push_back(std::move(finding));
  }

  // "quantize_per_tensor_1 of conv2d (features.0)"
  std::string Where(const Finding& finding) const {
    const std::string node = NameText(finding.node);
    if (!finding.site) return node;
    const ReportedSite& site = report_.sites[*finding.site];
    const std::string name = SiteName(site);
    const bool is_conv = finding.node == site.before_conv || finding.node == site.after_conv;
    return node.empty() || is_conv ? name : node + " of " + name;
  }

  void AddStructure() {
    const std::vector<std::string> keys = StructureKeys(report_);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const prove::StructureFinding& finding = report_.structure[i];
      Add({finding.only_after ? Level::kError : Level::kNote,
           finding.rule,
           finding.node,
           Detail(finding.detail),
           {},
           {},
           keys[i]});
    }
  }

  void AddSite(std::size_t s, const std::string& key) {
    const ReportedSite& site = report_.sites[s];
    if (site.tails.empty() && site.verdict >= Verdict::kUnproved) {
      const bool differs = site.verdict == Verdict::kDiffers;
      Add({differs ? Level::kError : Level::kWarning,
           differs ? "difference" : "unproved",
           site.after_conv,
           Detail(site.reason),
           s,
           {},
           key});
    }
    const std::vector<std::string> keys = TailKeys(key, site);
    for (std::size_t t = 0; t < keys.size(); ++t) AddTail(s, t, keys[t]);
  }

  void AddTail(std::size_t s, std::size_t t, const std::string& key) {
    const ReportedSite& site = report_.sites[s];
    const ReportedTail& tail = site.tails[t];
    if (tail.verdict == Verdict::kUnproved) {
      std::string message = Detail(tail.reason);
      for (const ReportedCause& cause : tail.causes) message += "; " + CauseText(cause, site);
      return Add(
          {Level::kWarning, "unproved", site.after_conv, PrintableMessage(message), s, t, key});
    }
    const bool differs = tail.verdict == Verdict::kDiffers;
    for (const ReportedCause& cause : tail.causes) {
      const std::string message =
          (differs ? Difference(tail) + ". " : std::string()) + CauseText(cause, site);
      Add({differs ? Level::kError : Level::kNote, cause.rule, cause.node, message, s, t,
           fmt::format("{}, channel {}", key, cause.channels.front())});
    }
    if (differs && tail.causes.empty()) {
      Add({Level::kError, "difference", site.after_conv, Difference(tail), s, t, key});
    }
  }

  // "51.45 LSB apart at channel 0, accumulator -39544, where 1.002 LSB are allowed"
  std::string Difference(const ReportedTail& tail) const {
    const ReportedFigures& gate = GateFigures(tail, report_.gate);
    std::string out = "up to " + LsbText(gate.lsb) + " apart";
    if (gate.channel && gate.accumulator) {
      out += fmt::format(" (channel {}, accumulator {})", *gate.channel, *gate.accumulator);
    }
    out +=
        " on the " + report_.gate.domain + " domain, " + LsbText(tail.tolerance_lsb) + " allowed";
    if (tail.witness && tail.witness->file) {
      out += fmt::format("; witness {}{}", Printable(*tail.witness->file),
                         tail.witness->confirmed.value_or(false) ? ", confirmed" : "");
    }
    return out;
  }

  static std::string CauseText(const ReportedCause& cause, const ReportedSite& site) {
    return fmt::format("{} at {} on {}: {}", NameText(cause.rule), NameText(cause.node),
                       ChannelsText(cause.channels, site.channels), Detail(cause.detail));
  }

  // The exit code is the report's word; no format may say less.
  void AddWhatIsMissing() {
    const Level needed = report_.exit_code == 1   ? Level::kError
                         : report_.exit_code == 2 ? Level::kWarning
                                                  : Level::kNote;
    if (needed == Level::kNote) return;
    if (std::ranges::any_of(findings_, [&](const Finding& finding) {
          return finding.level >= needed && !finding.waived;
        })) {
      return;
    }
    const bool differs = needed == Level::kError;
    Add({needed,
         differs ? "difference" : "unproved",
         "",
         differs ? "the two programs differ" : "not everything could be decided",
         {},
         {},
         "program"});
  }

  const Report& report_;
  std::vector<Finding> findings_;
  std::map<std::string, int> seen_;
};

}  // namespace

std::vector<Finding> FindingsOf(const Report& report) { return Collector(report).Run(); }

std::string Capitals(std::string word) {
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::toupper(c); });
  return word;
}

std::string LsbText(double lsb) {
  return std::isfinite(lsb) ? fmt::format("{:.4g} LSB", lsb) : "infinitely many LSB";
}

std::string WaivedText(const WaivedFinding& waived) {
  return "waived until " + Printable(waived.expires, 20) + ": " + Printable(waived.reason, 300);
}

const char* NameOf(Level level) {
  switch (level) {
    case Level::kNote: return "note";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "";
}

std::string SiteName(const std::string& conv, const std::string& module) {
  return NameText(conv) + (module.empty() ? "" : " (" + NameText(module) + ")");
}

std::string SiteName(const std::string& conv, const std::map<std::string, std::string>& modules) {
  const auto module = modules.find(conv);
  return SiteName(conv, module == modules.end() ? "" : module->second);
}

std::string SiteName(const ReportedSite& site) { return SiteName(site.before_conv, site.module); }

std::string NameText(const std::string& name) { return Printable(name, 120); }

}  // namespace foldproof::reports
