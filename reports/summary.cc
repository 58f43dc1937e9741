// SPDX-License-Identifier: BSD-3-Clause
#include "reports/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/verdict/names.h"
#include "reports/findings.h"
#include "reports/held_text.h"
#include "reports/tail_total.h"
#include "src/base/error.h"

namespace foldproof::reports {
namespace {

using prove::ChannelVerdict;
using prove::TailVerdict;
using prove::Verdict;

constexpr std::size_t kMostSites = 40;
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

// PyTorch's builds do not agree on square roots.
std::string RootStepClause(const TailVerdict& tail) {
  double most = 0;
  bool has_root = false;
  for (const ChannelVerdict& channel : tail.channels) {
    has_root |= channel.reachable.lsb_root_step.has_value();
    most = std::max(most, channel.reachable.MostLsb());
  }
  if (!has_root) return {};
  return fmt::format(", {} where a square root is one float32 step off", LsbText(most));
}

std::string Channels(const std::vector<std::uint32_t>& channels, std::size_t of) {
  if (channels.size() == of)
    return of == 1 ? "its one channel" : fmt::format("all {} channels", of);
  std::string list;
  for (std::size_t i = 0; i < channels.size() && i < 6; ++i)
    list += (i ? ", " : "") + std::to_string(channels[i]);
  if (channels.size() > 6) list += ", ...";
  return fmt::format("{} of {} channels ({})", channels.size(), of, list);
}

std::string CauseLine(const prove::Cause& cause, std::size_t channels) {
  std::string line = fmt::format("      because: {} at {} on {}", cause.rule, Printable(cause.node),
                                 Channels(cause.channels, channels));
  if (cause.share > 0) {
    line += fmt::format(", for {} % of their accumulators",
                        cause.share < 0.1 ? fmt::format("{:.2g}", 100 * cause.share)
                                          : fmt::format("{:.0f}", 100 * cause.share));
  }
  return line + "; " + PrintableMessage(cause.detail) + "\n";
}

// "integer, torch 1.13.0": each executor up to its first comma.
std::string ShortNames(const std::vector<std::string>& executors) {
  std::string out;
  for (const std::string& one : executors) {
    if (!out.empty()) out += " and ";
    out += one.substr(0, one.find(','));
  }
  return out;
}

std::string WitnessLine(const prove::Witness& witness, const std::string& conv) {
  const std::string whose = witness.level == prove::Witness::Level::kProgram
                                ? "an input of the program"
                                : "a tensor for what " + Printable(conv) + " reads";
  std::string line = fmt::format("      witness: {} that makes accumulator {} in channel {}", whose,
                                 witness.accumulator, witness.channel);
  if (witness.observed_lsb) {
    line += fmt::format(
        ": both programs were run on it and differ by {} (before {:.6g}, after {:.6g}; {})",
        LsbText(*witness.observed_lsb), witness.observed_before.value_or(kNoNumber),
        witness.observed_after.value_or(kNoNumber),
        witness.confirmed.value_or(false)
            ? "confirmed by " + ShortNames(witness.confirmed_by)
            : "NOT confirmed: " + PrintableMessage(witness.why_not_confirmed));
    for (const std::string& why : witness.not_run_by)
      line += "; not run by " + PrintableMessage(why);
  } else if (!witness.why_not_confirmed.empty()) {
    line += ": not run: " + PrintableMessage(witness.why_not_confirmed);
  } else {
    line += "; --witness DIR writes it and runs both programs on it";
  }
  for (const auto& [symbol, size] : witness.sizes)
    line += fmt::format(", {} = {}", Printable(symbol), size);
  if (witness.file) line += ", " + Printable(*witness.file);
  return line + "\n";
}

// Which of the two is nearer to what the numbers stand for, where that was asked. What an inner
// quantizer cut off is as far on either side, and would hide it.
std::string IdealLine(const TailVerdict& tail) {
  const auto distances = prove::FarthestFromIdeal(tail);
  if (!distances) return {};
  const auto [before, after] = distances->calibrated;
  const char* nearer = before < after ? "before is nearer" : "after is nearer";
  if (before == after) nearer = std::isfinite(before) ? "equally far" : "undecided";
  return fmt::format(
      "      from before's ideal, where nothing was clipped: before at most {}, after at most {}; "
      "{}\n",
      LsbText(before / tail.scale), LsbText(after / tail.scale), nearer);
}

// Where the figures of a tail are seen: at an output, or by the operator that reads the value
// there.
std::string SeenWhere(const TailVerdict& tail) {
  if (tail.output) return Printable(tail.place);
  return "where " + Printable(tail.place) + " reads it";
}

// What the gate holds a tail to.
std::string AllowedText(const TailVerdict& tail, const prove::SiteVerdict& site,
                        const prove::ProveOptions& options) {
  const auto own = options.site_tolerances.find(site.before_conv);
  const bool given = own != options.site_tolerances.end() ? own->second.has_value()
                                                          : options.judge.tolerance_lsb.has_value();
  if (given) return "allowed " + LsbText(tail.tolerance_lsb);
  if (tail.derived_lsb == 0) return "a right fold costs nothing";
  return "a right fold may cost " + LsbText(tail.derived_lsb);
}

// What the gate found where no channel is over the tolerance, and which no --tolerance moves.
std::string ConstantLine(const TailVerdict& tail, const prove::ProveOptions& options) {
  const prove::IdealGap* worst = nullptr;
  std::size_t at = 0;
  bool weights = false;
  for (std::size_t c = 0; c < tail.channels.size(); ++c) {
    const ChannelVerdict& channel = tail.channels[c];
    if (prove::IsOver(channel.Of(options.judge.domain).lsb, channel.allowed_lsb)) return {};
    weights |= channel.joint && channel.joint->coefficients && channel.joint->coefficients->finding;
    if (!channel.ideal || !channel.ideal->finding) continue;
    if (worst != nullptr && channel.ideal->gap <= worst->gap) continue;
    worst = &*channel.ideal;
    at = c;
  }
  if (worst != nullptr) {
    return fmt::format(
        "      the constant is off: without any rounding the two are {} apart in channel {}, over "
        "the {} allowed; --tolerance does not move this limit, --ideal-gap does\n",
        LsbText(worst->gap / tail.scale), at, LsbText(worst->allowed / tail.scale));
  }
  if (!weights) return {};
  return "      a weight is off by more than a right fold rounds; --tolerance does not move this "
         "limit, --ideal-gap off lifts it\n";
}

// Where a channel has no figures a sum over all of them would leave it out.
std::string TailFiguresText(const TailVerdict& tail, const prove::SiteVerdict& site,
                            const prove::ProveOptions& options) {
  const auto without = std::ranges::find_if(
      tail.channels, [](const ChannelVerdict& channel) { return !channel.unproved.empty(); });
  if (without != tail.channels.end()) {
    return fmt::format("no bound is known ({}); {}\n", Printable(without->unproved),
                       AllowedText(tail, site, options));
  }
  std::string out = "at most ";
  if (site.observed != nullptr) {
    out += fmt::format("{} on the inputs given, {} in their accumulators' range, ",
                       LsbText(TotalOf(tail, &ChannelVerdict::produced).lsb),
                       LsbText(TotalOf(tail, &ChannelVerdict::observed).lsb));
  }
  return out + fmt::format("{} where nothing was clipped before, {} over all inputs{}{}; {}\n",
                           LsbText(TotalOf(tail, &ChannelVerdict::calibrated).lsb),
                           LsbText(TotalOf(tail, &ChannelVerdict::reachable).lsb),
                           site.float_input ? " of the range" : "", RootStepClause(tail),
                           AllowedText(tail, site, options));
}

std::string TailLines(const TailVerdict& tail, const prove::SiteVerdict& site,
                      const prove::ProveOptions& options) {
  std::string out = fmt::format("    {:<9} {}: ", prove::NameOf(tail.verdict), SeenWhere(tail));
  if (tail.verdict == Verdict::kUnproved) {
    out += PrintableMessage(tail.reason) + "\n";
  } else if (tail.verdict == Verdict::kEqual) {
    out += "bit for bit, for every input\n";
  } else {
    out += TailFiguresText(tail, site, options);
    if (tail.float_unit)
      out += fmt::format("      one LSB is a float32 step here: {:.3g}\n", tail.scale);
  }
  if (tail.verdict == Verdict::kDiffers || tail.verdict == Verdict::kUnproved) {
    for (const prove::Cause& cause : tail.causes) out += CauseLine(cause, site.channels);
    if (tail.verdict == Verdict::kDiffers) out += ConstantLine(tail, options);
  }
  out += IdealLine(tail);
  if (tail.witness) out += WitnessLine(*tail.witness, site.before_conv);
  return out;
}

bool IsMadeByNobody(const prove::Verification& verification) {
  return std::ranges::any_of(verification.structure, [](const auto& finding) {
    return finding.rule.starts_with("pass-") || finding.rule == "program-unusable";
  });
}

// What makes a program differ, in one sentence.
std::string DiffersLine(const prove::Verification& verification, bool by_site) {
  if (by_site) return "DIFFERS: the fold does not keep the network's numbers. ";
  const bool by_run =
      std::ranges::find(verification.structure, "run-differs", &prove::StructureFinding::rule) !=
      verification.structure.end();
  return by_run
             ? "DIFFERS: a run of both programs shows other numbers. "
             : "DIFFERS: the program after the fold is malformed or was changed elsewhere, as its "
               "structure shows. ";
}

std::string VerificationHeadline(const prove::Verification& verification, prove::Domain domain) {
  std::size_t counts[4] = {};
  for (const auto& site : verification.sites) ++counts[static_cast<std::size_t>(site.verdict)];
  std::string sites = fmt::format("{} conv site{}", verification.sites.size(),
                                  verification.sites.size() == 1 ? "" : "s");
  if (verification.sites.empty() && verification.unjudged_convs > 0) {
    const bool one = verification.unjudged_convs == 1;
    sites = fmt::format("{} conv{}, which {} not judged", verification.unjudged_convs,
                        one ? "" : "s", one ? "is" : "are");
  } else if (verification.sites.empty()) {
    sites += " (nothing quantized to judge)";
  } else {
    sites += fmt::format(": {} equal, {} within, {} differ, {} unproved", counts[0], counts[1],
                         counts[3], counts[2]);
  }
  if (IsMadeByNobody(verification))
    return "DIFFERS: the pass made no program that could be judged.\n";
  switch (verification.verdict) {
    case Verdict::kEqual:
      return verification.sites.empty()
                 ? "HOLDS (equal): both programs compute every output alike, bit for bit. There is "
                   "no conv "
                   "to judge.\n"
                 : "HOLDS (equal): the two programs agree bit for bit on every input" +
                       NanClause(verification) + ". " + sites + "\n";
    case Verdict::kWithin:
      return "HOLDS (within) " +
             HeldText(prove::NameOf(domain), BeyondTolerance(verification),
                      verification.input_range) +
             NanClause(verification) + ". " + sites + "\n";
    case Verdict::kUnproved: return "UNPROVED: not everything could be decided. " + sites + "\n";
    case Verdict::kDiffers: return DiffersLine(verification, counts[3] > 0) + sites + "\n";
  }
  return sites;
}

}  // namespace

std::string VerifySummary(const prove::Verification& verification,
                          const prove::ProveOptions& options,
                          const std::map<std::string, std::string>& modules) {
  std::string out = VerificationHeadline(verification, options.judge.domain);
  if (const std::string text = UnquantizedText(verification); !text.empty())
    out += "  " + text + "\n";
  std::size_t lines = 0;
  for (const auto& finding : verification.structure) {
    if (!finding.only_after) continue;
    out += fmt::format("  structure {}{}: {}\n", finding.rule,
                       finding.node.empty() ? "" : " at " + Printable(finding.node),
                       PrintableMessage(finding.detail));
  }
  for (const auto& site : verification.sites) {
    const bool plain = site.verdict == Verdict::kEqual || site.verdict == Verdict::kWithin;
    if (plain && ++lines > kMostSites) continue;
    out += fmt::format("  {} -> {}{}: {}{}\n", SiteName(site.before_conv, modules),
                       Printable(site.after_conv),
                       site.channels == 0 ? "" : fmt::format(", {} channels", site.channels),
                       prove::NameOf(site.verdict),
                       site.reason.empty() ? "" : " (" + PrintableMessage(site.reason) + ")");
    for (const TailVerdict& tail : site.tails) out += TailLines(tail, site, options);
  }
  if (lines > kMostSites)
    out += fmt::format("  ... and {} sites more that hold\n", lines - kMostSites);
  for (const auto& part : verification.unproved) {
    out += fmt::format("  unproved  {}: {}\n", Printable(part.node), PrintableMessage(part.reason));
  }
  const bool integer = options.semantics == prove::Semantics::kInteger;
  out += fmt::format(
      "  gate: {} domain, tolerance {}{}\n", prove::NameOf(options.judge.domain),
      options.judge.tolerance_lsb ? fmt::format("{:g} LSB", *options.judge.tolerance_lsb)
                                  : "derived from the program",
      integer ? "" : fmt::format("; the program after as {}", prove::NameOf(options.semantics)));
  if (!options.site_tolerances.empty()) {
    out.pop_back();
    out += fmt::format("; {} convs have one of their own\n", options.site_tolerances.size());
  }
  return out + ProvisoLines(verification, verification.verdict);
}

std::string ExplainHint(const prove::Verification& verification) {
  if (verification.verdict != Verdict::kDiffers || IsMadeByNobody(verification)) return {};
  return "  --explain says what each finding means, what to do, and where the steps part\n";
}

}  // namespace foldproof::reports
