// SPDX-License-Identifier: BSD-3-Clause
#include "reports/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "reports/findings.h"
#include "reports/rules.h"
#include "src/base/error.h"
#include "src/base/wrapped_text.h"

namespace foldproof::reports {
namespace {

using prove::TracePoint;

constexpr std::size_t kColumns = 80;

std::string RuleText(std::string_view id) {
  const Rule& rule = Rules()[RuleIndex(id)];
  return "  " + std::string(id) + "\n" +
         WrappedText("    " + std::string(rule.brief) + " " + std::string(rule.full), kColumns, 4) +
         "\n";
}

std::string TracedValueText(const TracePoint* point) {
  if (point == nullptr) return "-";
  return fmt::format("{:.6g}{}", point->value, point->clipped ? " clipped" : "");
}

// "conv2d" of "aten.conv2d.default": what tells the operators of a trace apart.
std::string ShortOperator(const std::string& target) {
  const std::size_t begin = target.find('.');
  if (begin == std::string::npos) return target;
  return target.substr(begin + 1, target.find('.', begin + 1) - begin - 1);
}

std::string TraceRow(const std::string& node, const std::string& op, const TracePoint* before,
                     const TracePoint* after) {
  const std::string left = TracedValueText(before), right = TracedValueText(after);
  const bool parts = before == nullptr || after == nullptr || left != right;
  return fmt::format("    {} {:<26} {:<18} {:>13} {:>13}\n", parts ? '*' : ' ', Printable(node, 26),
                     Printable(ShortOperator(op), 18), left, right);
}

std::string TraceText(const prove::Trace& trace) {
  std::string out = fmt::format(
      "    Every operator at accumulator {} of channel {}; codes behind quantizers, * where the "
      "two "
      "part:\n      {:<26} {:<18} {:>13} {:>13}\n",
      trace.accumulator, trace.channel, "node", "operator", "before", "after");
  const auto find = [](const std::vector<TracePoint>& points, const std::string& node) {
    const auto at = std::ranges::find(points, node, &TracePoint::node);
    return at == points.end() ? nullptr : &*at;
  };
  for (const TracePoint& point : trace.before)
    out += TraceRow(point.node, point.op, &point, find(trace.after, point.node));
  for (const TracePoint& point : trace.after) {
    if (find(trace.before, point.node) == nullptr)
      out += TraceRow(point.node, point.op, nullptr, &point);
  }
  return out;
}

// A pair of sums has no picture, and so no trace.
const prove::Trace* TraceOf(const verify::Verified& verified, std::size_t site, std::size_t tail) {
  if (!verified.pictures) return nullptr;
  const std::vector<prove::TailPicture>& tails = verified.pictures->tails[site];
  return tail < tails.size() && tails[tail].trace ? &*tails[tail].trace : nullptr;
}

}  // namespace

std::string Explanation(const verify::Verified& verified) {
  const prove::Verification& verification = verified.verification;
  std::set<std::string> rules;
  for (const auto& finding : verification.structure) {
    if (finding.only_after) rules.insert(finding.rule);
  }
  std::string traces, untraced;
  for (std::size_t s = 0; s < verification.sites.size(); ++s) {
    const prove::SiteVerdict& site = verification.sites[s];
    for (std::size_t t = 0; t < site.tails.size(); ++t) {
      const prove::TailVerdict& tail = site.tails[t];
      const bool fails =
          tail.verdict == prove::Verdict::kDiffers || tail.verdict == prove::Verdict::kUnproved;
      if (!fails) continue;
      for (const prove::Cause& cause : tail.causes) rules.insert(cause.rule);
      const auto* trace = TraceOf(verified, s, t);
      const std::string where =
          SiteName(site.before_conv, verified.modules) + ", " + Printable(tail.place);
      if (trace != nullptr) traces += "  " + where + "\n" + TraceText(*trace);
      if (site.kind != prove::SumKind::kSame) untraced += "  " + where + "\n";
    }
  }
  std::string out;
  if (!rules.empty()) out += "What it means, and what to do:\n";
  for (const std::string& rule : rules) out += RuleText(rule);
  if (!traces.empty()) out += "Where the steps part:\n" + traces;
  if (!untraced.empty()) {
    out += "There is no trace where a fold changes weights, as each side has a sum of its own:\n" +
           untraced;
  }
  return out;
}

}  // namespace foldproof::reports
