// SPDX-License-Identifier: BSD-3-Clause
#include "reports/compare_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "harness/prove/verdict/names.h"
#include "reports/findings.h"
#include "reports/held_text.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using compare::Comparison;
using compare::NodeDistance;
using prove::Verdict;

constexpr std::size_t kMostFindings = 40;
constexpr std::size_t kMostGrowth = 12;

std::string Lsb(double x) { return std::isfinite(x) ? fmt::format("{:.4g}", x) : "inf"; }

std::string Percent(double share) {
  return share > 0 && share < 0.001 ? "<0.1 %" : fmt::format("{:.1f} %", 100 * share);
}

std::string Percent(const std::optional<double>& share) { return share ? Percent(*share) : "-"; }

std::string ProvedLsb(const prove::TailVerdict& tail) {
  double worst = 0;
  for (const auto& channel : tail.channels) {
    if (!channel.unproved.empty()) return "?";
    worst = std::max(worst, channel.reachable.lsb);
  }
  return Lsb(worst);
}

// The columns of the table of sites. It is as wide as its names, and fits 80 columns where they are
// short.
class SiteTable {
 public:
  explicit SiteTable(const verify::Compared& compared) {
    Row("site", "frontier", "proved", {"at most", "observed", "p99", "over", "saturated"});
    const auto& sites = compared.comparison.proof.verification.sites;
    for (std::size_t s = 0; s < sites.size(); ++s) {
      for (std::size_t t = 0; t < sites[s].tails.size(); ++t) {
        if (rows_.size() > kMostFindings) {
          ++left_;
          continue;
        }
        Add(SiteName(sites[s].before_conv, compared.modules), sites[s].tails[t],
            compared.comparison.sites[s][t]);
      }
    }
  }

  std::string Text() const {
    std::size_t name = 0, place = 0;
    for (const SiteRow& row : rows_) {
      name = std::max(name, row.site.size());
      place = std::max(place, row.place.size());
    }
    std::string out;
    for (const SiteRow& row : rows_) {
      out += fmt::format("  {:<{}} {:<{}} {:<8}", row.site, name, row.place, place, row.verdict);
      static constexpr std::array<int, 5> kWidths{7, 8, 6, 6, 16};
      for (std::size_t i = 0; i < row.figures.size(); ++i)
        out += fmt::format(" {:>{}}", row.figures[i], kWidths[i]);
      out += row.note + "\n";
    }
    return left_ > 0 ? out + fmt::format("  ... and {} more\n", left_) : out;
  }

 private:
  struct SiteRow {
    std::string site, place, verdict;
    std::vector<std::string> figures;
    std::string note;
  };

  void Row(const std::string& site, const std::string& place, std::string_view verdict,
           std::vector<std::string> figures, std::string note = {}) {
    rows_.push_back({Printable(site, 40), Printable(place, 26), std::string(verdict),
                     std::move(figures), std::move(note)});
  }

  void Add(const std::string& site, const prove::TailVerdict& tail,
           const compare::TailObservation& seen) {
    const std::string place = tail.place.substr(0, tail.place.find(" ("));  // without its operator
    const std::string_view verdict = prove::NameOf(tail.verdict);
    if (!seen.why_not.empty())
      return Row(site, place, verdict, {}, " not observed: " + PrintableMessage(seen.why_not));
    const compare::Observation all = seen.Total();
    const auto count = static_cast<double>(std::max<std::int64_t>(all.lsb.count(), 1));
    Row(site, place, verdict,
        {ProvedLsb(tail), Lsb(all.lsb.max()), Lsb(all.lsb.Quantile(0.99)),
         Percent(static_cast<double>(all.over) / count),
         Percent(all.before.share()) + " -> " + Percent(all.after.share())});
  }

  std::vector<SiteRow> rows_;
  std::size_t left_ = 0;
};

// What one LSB is where no quantizer says it, each unit once.
std::string UnitLines(const prove::Verification& verification) {
  std::string out;
  std::set<std::string> told;
  for (const prove::SiteVerdict& site : verification.sites) {
    for (const prove::TailVerdict& tail : site.tails) {
      if (!tail.float_unit) continue;
      const std::string unit = fmt::format("{:.3g}", tail.scale);
      if (!told.insert(unit).second) continue;
      out +=
          fmt::format("  Nothing is quantized at {} of {}: one LSB is a float32 step there, {}\n",
                      Printable(tail.place), Printable(site.before_conv), unit);
    }
  }
  return out;
}

std::string FindingLine(const compare::SampleFinding& finding) {
  const std::string where =
      fmt::format("{}, {}: run {}, channel {}, accumulator {}", Printable(finding.before_conv),
                  Printable(finding.place), finding.run, finding.channel,
                  finding.accumulator ? std::to_string(*finding.accumulator) : "unknown");
  if (finding.rule == "observed-over-tolerance") {
    return fmt::format("  {} at {} differs by {} LSB; the tolerance is {}\n", finding.rule, where,
                       Lsb(finding.lsb), Lsb(finding.proved_lsb));
  }
  return fmt::format(
      "  CONTRADICTION ({}) at {} differs by {} LSB, and the proof says at most {}: the proof or "
      "the executor is wrong; please report it\n",
      finding.rule, where, Lsb(finding.lsb), Lsb(finding.proved_lsb));
}

// A float that no quantizer stands behind has no LSB: it is told as it is.
const char* UnitText(const NodeDistance& node) { return node.has_unit ? " LSB" : ""; }

std::string NodeLine(const NodeDistance& node) {
  return fmt::format("    {:<32} at most {:>8}{}, mean {:>8}\n", Printable(node.node, 32),
                     Lsb(node.lsb_max), UnitText(node), Lsb(node.lsb_mean));
}

// 10000 as "10,000".
std::string Grouped(std::int64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

// Two digits of what it is, or of what is left of 100 %.
std::string PercentOf(double share) {
  const double least = 100 * std::min(share, 1 - share);
  const int digits = least > 0 ? 1 - static_cast<int>(std::floor(std::log10(least))) : 0;
  return fmt::format("{:.{}f} %", 100 * share, std::clamp(digits, 0, 9));
}

std::string IntervalText(std::int64_t hits, std::int64_t trials) {
  const compare::ShareInterval interval = compare::ClopperPearson(hits, trials);
  return fmt::format("({} to {})", PercentOf(interval.low), PercentOf(interval.high));
}

// What the given inputs show: how many change their answer, and how many are over the gate.
std::string ShareLines(const compare::OutputShares& shares) {
  std::string out;
  if (shares.classes) {
    const compare::ChangedAnswers& classes = *shares.classes;
    const bool one_each = classes.answers == shares.inputs;
    out += fmt::format("  of {} {} {} change their class {}\n", Grouped(classes.answers),
                       one_each ? "inputs" : "answers", Grouped(classes.changed),
                       IntervalText(classes.changed, classes.answers));
  }
  for (const compare::OutputShare& output : shares.outputs) {
    const compare::LsbDistribution& lsb = output.distance.lsb;
    if (!output.tolerance_lsb && lsb.max() == 0) continue;  // a counter, as often as not
    out += fmt::format("  of {} inputs ", Grouped(shares.inputs));
    if (output.tolerance_lsb) {
      out += fmt::format("{} have more than {} LSB at output {} {}", Grouped(output.inputs_over),
                         Lsb(*output.tolerance_lsb), output.distance.output,
                         IntervalText(output.inputs_over, shares.inputs));
    } else {
      out += fmt::format("output {}", output.distance.output);
    }
    out += fmt::format("; at most {} LSB, p99 {}, median {}\n", Lsb(lsb.max()),
                       Lsb(lsb.Quantile(0.99)), Lsb(lsb.Quantile(0.5)));
  }
  if (!out.empty())
    out += "    (95 % intervals; they hold for inputs drawn as these were, and are no proof)\n";
  return out;
}

// From the first node that differs to the output: the beginning and the end of a long list.
std::string Growth(const std::vector<NodeDistance>& nodes) {
  const auto first = compare::FirstDivergence(nodes);
  if (!first) return "  end to end: no value of the two programs differs on these inputs\n";
  const auto begin = std::ranges::find(nodes, first->node, &NodeDistance::node);
  std::string out =
      fmt::format("  end to end: they part at {} (run {}, {}{})\n", Printable(first->node),
                  first->run, Lsb(first->lsb), UnitText(*begin));
  out +=
      "    What one fold moves goes into the next one, so these figures add up and are\n"
      "    no part of the verdict, which judges each fold alone: folds that hold can\n"
      "    end further apart than one that differs.\n";
  const auto count = static_cast<std::size_t>(nodes.end() - begin);
  for (std::size_t i = 0; i < count; ++i) {
    const bool shown = count <= kMostGrowth || i < kMostGrowth / 2 || i + kMostGrowth / 2 >= count;
    if (shown) out += NodeLine(begin[static_cast<std::ptrdiff_t>(i)]);
    if (!shown && i == kMostGrowth / 2)
      out += fmt::format("    ... {} nodes\n", count - kMostGrowth);
  }
  return out;
}

std::string ExecutorLines(const char* program, const compare::ExecutorComparison& both,
                          const std::vector<std::string>& names) {
  std::string out = fmt::format("  {} in {}, node by node: {} nodes compared", program,
                                fmt::join(names, " and "), both.nodes.size());
  if (const auto first = compare::FirstDivergence(both.nodes)) {
    const auto worst = std::ranges::max_element(both.nodes, {}, &NodeDistance::lsb_max);
    const auto parts = std::ranges::find(both.nodes, first->node, &NodeDistance::node);
    out += fmt::format("; they part at {} ({}{}), most at {} ({}{})", Printable(first->node),
                       Lsb(first->lsb), UnitText(*parts), Printable(worst->node),
                       Lsb(worst->lsb_max), UnitText(*worst));
  } else {
    out += ", all the same numbers";
  }
  out += "\n";
  for (const auto& node : both.not_run)
    out +=
        fmt::format("    not run: {}: {}\n", Printable(node.node), PrintableMessage(node.reason));
  return out;
}

std::string ComparisonHeadline(const Comparison& comparison, std::string_view domain) {
  switch (comparison.verdict) {
    case Verdict::kEqual:
      return "HOLDS (equal), proved for every input" + NanClause(comparison.proof.verification);
    case Verdict::kWithin:
      return "HOLDS (within) " +
             HeldText(domain, BeyondTolerance(comparison.proof.verification),
                      comparison.proof.verification.input_range) +
             NanClause(comparison.proof.verification);
    case Verdict::kUnproved:
      return "UNPROVED: no run showed more than the gate allows, which proves nothing";
    case Verdict::kDiffers: return "DIFFERS";
  }
  return "";
}

}  // namespace

std::string CompareSummary(const verify::Compared& compared, prove::Domain domain) {
  const Comparison& comparison = compared.comparison;
  const std::vector<std::string>& executors = compared.executors;
  std::string runs;
  for (const auto& group : comparison.runs)
    runs += fmt::format("{}{} {}", runs.empty() ? "" : ", ", group.count, group.kind);
  std::string out =
      fmt::format("{}. Runs in {}: {}\n", ComparisonHeadline(comparison, prove::NameOf(domain)),
                  executors.front(), runs.empty() ? "none" : runs);
  const prove::Verification& proved = comparison.proof.verification;
  if (const std::string text = UnquantizedText(proved); !text.empty()) out += "  " + text + "\n";
  if (!comparison.after_fault.empty())
    out +=
        fmt::format("  the program after cannot be run: {}\n", Printable(comparison.after_fault));
  for (const auto& finding : comparison.findings) out += FindingLine(finding);
  for (const auto& finding : comparison.proof.verification.structure) {
    if (finding.only_after)
      out += fmt::format("  structure {} at {}: {}\n", finding.rule, Printable(finding.node),
                         PrintableMessage(finding.detail));
  }
  if (comparison.shares && comparison.after_fault.empty()) out += ShareLines(*comparison.shares);
  if (!comparison.sites.empty()) {
    out += SiteTable(compared).Text();
    out += UnitLines(comparison.proof.verification);
  }
  for (const auto& part : comparison.proof.verification.unproved)
    out += fmt::format("  unproved  {}: {}\n", Printable(part.node), PrintableMessage(part.reason));
  if (comparison.after_fault.empty()) out += Growth(comparison.nodes);
  if (comparison.before_executors)
    out += ExecutorLines("before", *comparison.before_executors, executors);
  if (comparison.after_executors)
    out += ExecutorLines("after", *comparison.after_executors, executors);
  out += ProvisoLines(proved, comparison.verdict);
  return out + NoteLines(compared.notes);
}

}  // namespace foldproof::reports
