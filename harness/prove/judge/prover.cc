// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/prover.h"

#include <algorithm>

#include "harness/prove/judge/causes.h"
#include "harness/prove/judge/conditions.h"
#include "harness/prove/judge/float_unit.h"
#include "harness/prove/judge/int32_sums.h"
#include "harness/prove/judge/moved_elements.h"
#include "harness/prove/judge/provisos.h"
#include "harness/prove/judge/site_runner.h"
#include "harness/prove/judge/structure.h"
#include "harness/prove/judge/tail_verdict.h"
#include "harness/prove/judge/unread_features.h"
#include "harness/prove/sites/put_kernel.h"
#include "harness/prove/sites/unlike.h"
#include "harness/prove/tail/build_tail.h"

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// Takes the verdicts of the pair out of `judged`.
TailVerdict MakeTail(const Side& before, const MatchedSite& site, std::uint32_t pair,
                     JudgedSite& judged) {
  const PairPlan& plan = site.pairs[pair];
  const Frontier& frontier = site.before->tail.frontiers[plan.before];
  TailVerdict tail;
  tail.pair = pair;
  tail.output = frontier.output;
  tail.frontier = before.view.program().graph.value(frontier.value).name;
  tail.place = DescribeFrontier(before.view, frontier);
  tail.scale = plan.lsb;
  tail.float_unit = plan.float_unit;
  tail.codes = frontier.codes;
  tail.channels.reserve(judged.answer.channels.size());
  for (ChannelJudgement& channel : judged.answer.channels)
    tail.channels.push_back(std::move(channel.pairs[pair]));
  return tail;
}

SiteVerdict MakeSite(const Side& before, const Side& after, const MatchedSite& site,
                     JudgedSite& judged, const ProveOptions& options) {
  SiteVerdict out;
  out.before_conv = before.view.program().graph.node(site.before_conv).name;
  out.after_conv = after.view.program().graph.node(site.after_conv).name;
  out.op = before.view.program().graph.node(site.before_conv).target;
  if (!site.before) {
    out.reason = "not quantized, but the same value in both programs";
    return out;
  }
  out.channels = site.before->conv.channels;
  out.taps = site.before->conv.taps;
  if (site.joint.empty()) out.observed = ObservedAt(site, options);
  if (!site.joint.empty()) {
    out.kind = site.before->conv.real || site.after->conv.real ? SumKind::kReal : SumKind::kPair;
    out.float_input = site.before->conv.in_box;
  }
  for (const ChannelJudgement& channel : judged.answer.channels) {
    out.reach.push_back({channel.low, channel.high, channel.members, channel.exact});
    out.evaluations += channel.evaluations;
  }
  for (std::uint32_t p = 0; p < site.pairs.size(); ++p) {
    TailVerdict tail = MakeTail(before, site, p, judged);
    if (AreMoved(before, after, site, site.pairs[p])) {
      JudgeMoved(before, after, site, site.pairs[p], tail);
    } else {
      DrawTailVerdict(before, site, site.pairs[p], options, judged.reach, tail);
      FindCauses(before, after, site, site.pairs[p], options, tail);
    }
    if (tail.verdict > out.verdict) out.reason = tail.reason;
    out.verdict = std::max(out.verdict, tail.verdict);
    out.tails.push_back(std::move(tail));
  }
  if (!site.unpaired.empty() && out.verdict < Verdict::kUnproved) {
    out.verdict = Verdict::kUnproved;
    out.reason = site.unpaired.front();
  }
  return out;
}

void CollectUnproved(const Matching& matching, Verification& out) {
  for (std::size_t s = 0; s < out.sites.size(); ++s) {
    const SiteVerdict& site = out.sites[s];
    for (const TailVerdict& tail : site.tails) {
      if (tail.verdict == Verdict::kUnproved) {
        out.unproved.push_back({site.before_conv, tail.place + ": " + tail.reason});
      }
    }
    for (const std::string& reason : matching.sites[s].unpaired) {
      out.unproved.push_back({site.before_conv, reason});
    }
  }
  for (const Uncovered& part : matching.uncovered) out.unproved.push_back({part.node, part.reason});
  for (const ChangedOutput& output : matching.changed_outputs) {
    if (!output.constant) out.unproved.push_back({output.node, output.reason});
  }
}

// Kernel semantics: the after-tails are a kernel's. What value numbering found equal is so no more.
void PutKernels(const Side& after, Semantics semantics, Matching& matching) {
  if (semantics == Semantics::kInteger) return;
  const auto kernel = semantics == Semantics::kKernelQ31 ? exec::Kernel::kQ31 : exec::Kernel::kTosa;
  for (MatchedSite& site : matching.sites) {
    if (!site.before) continue;
    if (std::string why = PutKernel(after.view, kernel, *site.after); !why.empty()) {
      site.unpaired.insert(site.unpaired.begin(), std::move(why));
      site.pairs.clear();
      continue;
    }
    for (PairPlan& pair : site.pairs) {
      pair = PlanPair(*site.before, *site.after, pair.before, pair.after, false);
    }
  }
}

}  // namespace

Proof Prove(const Side& before, const Side& after, const ProveOptions& options) {
  FP_CHECK(options.judge.domain != Domain::kObserved || options.observed != nullptr);
  Proof proof;
  proof.matching = MatchSites(before, after, options.batch_norm, options.float_box);
  for (const Side* side : {&before, &after}) side->constants.Forget();
  PutKernels(after, options.semantics, proof.matching);
  for (MatchedSite& site : proof.matching.sites) SetFloatUnits(site);
  Verification& out = proof.verification;
  std::vector<JudgedSite> judged = JudgeSites(before, proof.matching, options);
  std::vector<StructureFinding> overflows;
  for (std::size_t s = 0; s < judged.size(); ++s) {
    const MatchedSite& site = proof.matching.sites[s];
    out.sites.push_back(MakeSite(before, after, site, judged[s], options));
    out.verdict = std::max(out.verdict, out.sites.back().verdict);
    if (out.sites.back().float_input)
      out.input_range = {options.float_box.low, options.float_box.high};
    out.asked_sites += site.before.has_value();
    out.remembered_sites += judged[s].remembered;
    if (const auto& sums = judged[s].answer.sums) {
      out.sites.back().sums = sums->sums;
      for (const SumOverflow& overflow : sums->overflows) {
        overflows.push_back(FindingOf(overflow, after.view.program().graph.node(site.after_conv)));
      }
    }
    judged[s] = {};  // its channels are in the site now
  }
  out.structure = CompareStructure(before.view, after.view, proof.matching);
  std::ranges::move(overflows, std::back_inserter(out.structure));
  std::ranges::stable_partition(out.structure, [](const auto& f) { return f.only_after; });
  CollectUnproved(proof.matching, out);
  std::ranges::move(CompareConditions(before, after), std::back_inserter(out.unproved));
  out.taken_for_functions = TakenForFunctions(before.view);
  for (std::string& name : TakenForFunctions(after.view)) {
    if (std::ranges::find(out.taken_for_functions, name) == out.taken_for_functions.end())
      out.taken_for_functions.push_back(std::move(name));
  }
  TellProvisos(proof);
  out.unjudged_convs = proof.matching.uncovered.size();
  out.quantized = IsQuantized(before.view) || IsQuantized(after.view);
  if (!out.unproved.empty()) {
    // What keeps a whole program from being judged comes before what follows from it.
    std::vector<UnprovedPart> causes = UnreadFeatures(before, after);
    std::ranges::move(out.unproved, std::back_inserter(causes));
    out.unproved = std::move(causes);
  }
  if (!out.unproved.empty()) out.verdict = std::max(out.verdict, Verdict::kUnproved);
  for (const StructureFinding& finding : out.structure) {
    if (finding.only_after) out.verdict = Verdict::kDiffers;
  }
  return proof;
}

}  // namespace foldproof::prove
