// SPDX-License-Identifier: BSD-3-Clause
#include "reports/held_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reports/tail_total.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

void Take(std::optional<double>& most, double lsb) { most = std::max(most.value_or(0), lsb); }

}  // namespace

std::optional<double> BeyondTolerance(const prove::Verification& verification) {
  std::optional<double> most;
  for (const prove::SiteVerdict& site : verification.sites) {
    for (const prove::TailVerdict& tail : site.tails) {
      const TailTotal total = TotalOf(tail, &prove::ChannelVerdict::reachable);
      const double lsb = std::max(total.lsb, total.lsb_root_step.value_or(0));
      if (!IsEvaluated(tail)) {
        most = std::numeric_limits<double>::infinity();
      } else if (total.over > 0 || !(lsb <= tail.tolerance_lsb)) {
        Take(most, lsb);
      }
    }
  }
  return most;
}

std::optional<double> BeyondTolerance(const Report& report) {
  std::optional<double> most;
  for (const ReportedSite& site : report.sites) {
    for (const ReportedTail& tail : site.tails) {
      const double lsb = std::max(tail.reachable.lsb, tail.reachable.lsb_root_step);
      if (tail.reachable.share_over > 0 || !(lsb <= tail.tolerance_lsb)) Take(most, lsb);
    }
  }
  return most;
}

namespace {

std::string DomainText(std::string_view domain, std::optional<double> beyond_lsb) {
  if (!beyond_lsb || domain == "reachable")
    return "for every input: no site moves by more than its tolerance";
  const std::string most = std::isfinite(*beyond_lsb) ? fmt::format("up to {:.4g} LSB", *beyond_lsb)
                                                      : std::string("infinitely many LSB");
  if (domain == "observed")
    return "for what the given inputs produce; " + most + " on other inputs";
  return "for every input that clipped nothing before the fold; " + most +
         " where something was clipped already";
}

}  // namespace

std::string HeldText(std::string_view domain, std::optional<double> beyond_lsb,
                     const std::optional<std::pair<double, double>>& input_range) {
  std::string out = DomainText(domain, beyond_lsb);
  if (input_range) {
    out += fmt::format(", where every float that a conv reads lies in [{:g}, {:g}]",
                       input_range->first, input_range->second);
  }
  return out;
}

std::string NanClause(const prove::Verification& verification) {
  return verification.without_nan ? ", where none is NaN" : "";
}

std::string UnquantizedText(const prove::Verification& verification) {
  if (verification.quantized || !verification.input_range) return "";
  return fmt::format(
      "this program is not quantized; the float fold is judged as a difference in float32 steps, "
      "over inputs in [{:g}, {:g}]",
      verification.input_range->first, verification.input_range->second);
}

std::vector<std::string> AllNotes(const prove::Verification& verification,
                                  const std::vector<std::string>& notes) {
  std::vector<std::string> out;
  if (std::string text = UnquantizedText(verification); !text.empty())
    out.push_back(std::move(text));
  for (const std::string& note : notes) out.push_back(PrintableMessage(note));
  return out;
}

std::string ProvisoLines(const prove::Verification& verification, prove::Verdict verdict) {
  std::string out;
  if (verdict > prove::Verdict::kWithin) return out;
  for (const std::string& proviso : verification.provisos)
    out += "  provided that " + PrintableMessage(proviso) + "\n";
  return out;
}

std::string NoteLines(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += "  note: " + PrintableMessage(note) + "\n";
  return out;
}

}  // namespace foldproof::reports
