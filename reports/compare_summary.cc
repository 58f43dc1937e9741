// SPDX-License-Identifier: BSD-3-Clause
#include "reports/compare_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/prove/verdict/names.h"
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

std::string SiteRow(const std::string& site, const std::string& place, const std::string& verdict,
                    const std::vector<std::string>& figures) {
  return fmt::format("  {:<18} {:<26} {:<9} {:>9}\n", site, place, verdict,
                     fmt::join(figures, " "));
}

std::string Right(const std::string& text, int width) { return fmt::format("{:>{}}", text, width); }

std::string TailRow(const prove::SiteVerdict& site, const prove::TailVerdict& tail,
                    const compare::TailObservation& seen) {
  const std::string name = Printable(site.before_conv, 18);
  const std::string place = Printable(tail.place, 26);
  const std::string verdict(prove::NameOf(tail.verdict));
  if (!seen.why_not.empty())
    return fmt::format("  {:<18} {:<26} {:<9} not observed: {}\n", name, place, verdict,
                       Printable(seen.why_not));
  const compare::Observation all = seen.Total();
  const auto count = static_cast<double>(std::max<std::int64_t>(all.lsb.count(), 1));
  return SiteRow(name, place, verdict,
                 {Right(ProvedLsb(tail), 9), Right(Lsb(all.lsb.max()), 9),
                  Right(Lsb(all.lsb.Quantile(0.99)), 7),
                  Right(Percent(static_cast<double>(all.over) / count), 7),
                  Right(Percent(all.before.share()) + " -> " + Percent(all.after.share()), 18)});
}

std::string SiteTable(const Comparison& comparison) {
  std::string out = SiteRow("site", "frontier", "proved",
                            {Right("at most", 9), Right("observed", 9), Right("p99", 7),
                             Right("over", 7), Right("saturated", 18)});
  std::size_t lines = 0;
  const auto& sites = comparison.proof.verification.sites;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    for (std::size_t t = 0; t < sites[s].tails.size(); ++t) {
      if (++lines <= kMostFindings)
        out += TailRow(sites[s], sites[s].tails[t], comparison.sites[s][t]);
    }
  }
  if (lines > kMostFindings) out += fmt::format("  ... and {} more\n", lines - kMostFindings);
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

std::string NodeLine(const NodeDistance& node) {
  return fmt::format("    {:<32} at most {:>8} LSB, mean {:>8}\n", Printable(node.node, 32),
                     Lsb(node.lsb_max), Lsb(node.lsb_mean));
}

// From the first node that differs to the output: the beginning and the end of a long list.
std::string Growth(const std::vector<NodeDistance>& nodes) {
  const auto first = compare::FirstDivergence(nodes);
  if (!first) return "  end to end: no value of the two programs differs on these inputs\n";
  std::string out = fmt::format("  end to end: they part at {} (run {}, {} LSB)\n",
                                Printable(first->node), first->run, Lsb(first->lsb));
  out +=
      "    What one fold moves goes into the next one, so these figures add up and are no part of "
      "the verdict,\n"
      "    which judges each fold alone: folds that hold can end further apart than one that "
      "differs.\n";
  const auto begin = std::ranges::find(nodes, first->node, &NodeDistance::node);
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
    out += fmt::format("; they part at {} ({} LSB), most at {} ({} LSB)", Printable(first->node),
                       Lsb(first->lsb), Printable(worst->node), Lsb(worst->lsb_max));
  } else {
    out += ", all the same numbers";
  }
  out += "\n";
  for (const auto& node : both.not_run)
    out += fmt::format("    not run: {}: {}\n", Printable(node.node), Printable(node.reason));
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

std::string CompareSummary(const Comparison& comparison, const std::vector<std::string>& executors,
                           prove::Domain domain) {
  std::string runs;
  for (const auto& group : comparison.runs)
    runs += fmt::format("{}{} {}", runs.empty() ? "" : ", ", group.count, group.kind);
  std::string out =
      fmt::format("{}. Runs in {}: {}\n", ComparisonHeadline(comparison, prove::NameOf(domain)),
                  executors.front(), runs.empty() ? "none" : runs);
  if (!comparison.after_fault.empty())
    out +=
        fmt::format("  the program after cannot be run: {}\n", Printable(comparison.after_fault));
  for (const auto& finding : comparison.findings) out += FindingLine(finding);
  for (const auto& finding : comparison.proof.verification.structure) {
    if (finding.only_after)
      out += fmt::format("  structure {} at {}: {}\n", finding.rule, Printable(finding.node),
                         Printable(finding.detail));
  }
  if (!comparison.sites.empty()) out += SiteTable(comparison);
  for (const auto& part : comparison.proof.verification.unproved)
    out += fmt::format("  unproved  {}: {}\n", Printable(part.node), Printable(part.reason));
  if (comparison.after_fault.empty()) out += Growth(comparison.nodes);
  if (comparison.before_executors)
    out += ExecutorLines("before", *comparison.before_executors, executors);
  if (comparison.after_executors)
    out += ExecutorLines("after", *comparison.after_executors, executors);
  return out;
}

}  // namespace foldproof::reports
