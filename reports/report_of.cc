// SPDX-License-Identifier: BSD-3-Clause
#include "reports/report_of.h"

#include <cmath>
#include <limits>
#include <string>

#include "harness/prove/verdict/names.h"
#include "reports/held_text.h"
#include "reports/tail_total.h"

namespace foldproof::reports {
namespace {

using prove::ChannelVerdict;

// What a report has null for is no number, so beyond all of them.
double FiniteOrInfinite(double x) {
  return std::isfinite(x) ? x : std::numeric_limits<double>::infinity();
}

ReportedFigures FiguresOf(const prove::TailVerdict& tail,
                          prove::DomainFigures ChannelVerdict::*domain) {
  const TailTotal total = TotalOf(tail, domain);
  return {FiniteOrInfinite(total.lsb), FiniteOrInfinite(total.lsb_root_step.value_or(0)),
          total.channel, total.accumulator, total.share_over()};
}

ReportedWitness WitnessOf(const prove::Witness& witness) {
  return {witness.level == prove::Witness::Level::kProgram ? "program" : "site",
          witness.channel,
          witness.accumulator,
          FiniteOrInfinite(witness.claimed_lsb),
          witness.file,
          witness.confirmed};
}

ReportedTail ReportedTailOf(const prove::TailVerdict& tail, bool observed) {
  ReportedTail out;
  out.output = tail.output;
  out.place = tail.place;
  out.verdict = tail.verdict;
  out.reason = tail.reason;
  out.tolerance_lsb = FiniteOrInfinite(tail.tolerance_lsb);
  out.derived_lsb = FiniteOrInfinite(tail.derived_lsb);
  out.reachable = FiguresOf(tail, &ChannelVerdict::reachable);
  out.calibrated = FiguresOf(tail, &ChannelVerdict::calibrated);
  if (!IsEvaluated(tail))
    out.reachable.lsb = out.calibrated.lsb = std::numeric_limits<double>::infinity();
  if (observed) out.observed = FiguresOf(tail, &ChannelVerdict::observed);
  for (const prove::Cause& cause : tail.causes)
    out.causes.push_back({cause.rule, cause.node, cause.channels, cause.share, cause.detail});
  if (tail.witness) out.witness = WitnessOf(*tail.witness);
  return out;
}

ReportedSite ReportedSiteOf(const prove::SiteVerdict& site) {
  ReportedSite out;
  out.before_conv = site.before_conv;
  out.after_conv = site.after_conv;
  out.op = site.op;
  out.channels = static_cast<std::uint32_t>(site.channels);
  out.taps = static_cast<std::uint64_t>(site.taps);
  out.verdict = site.verdict;
  out.reason = site.reason;
  for (const prove::TailVerdict& tail : site.tails)
    out.tails.push_back(ReportedTailOf(tail, site.observed != nullptr));
  return out;
}

}  // namespace

Report ReportOf(const verify::Verified& verified) {
  const prove::Verification& verification = verified.verification;
  Report out;
  out.kind = "verify";
  out.verdict = verification.verdict;
  out.exit_code = static_cast<int>(verified.exit);
  out.gate = {std::string(prove::NameOf(verified.options.judge.domain)),
              std::string(prove::NameOf(verified.options.semantics)),
              verified.options.judge.tolerance_lsb};
  out.input_range = verification.input_range;
  out.before_file = verified.before.file;
  out.before_sha256 = verified.before.sha256;
  if (verified.after) out.after_file = verified.after->file;
  out.structure = verification.structure;
  for (const prove::SiteVerdict& site : verification.sites) {
    out.sites.push_back(ReportedSiteOf(site));
    const auto module = verified.modules.find(site.before_conv);
    if (module != verified.modules.end()) out.sites.back().module = Printable(module->second);
  }
  out.unproved = verification.unproved;
  out.provisos = verification.provisos;
  out.notes = AllNotes(verification, verified.notes);
  return out;
}

}  // namespace foldproof::reports
