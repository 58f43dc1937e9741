// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/prover.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>

#include "harness/prove/conv/conv_reach.h"
#include "harness/prove/judge/causes.h"
#include "harness/prove/judge/channel_judge.h"
#include "harness/prove/judge/conditions.h"
#include "harness/prove/judge/float_unit.h"
#include "harness/prove/judge/int32_sums.h"
#include "harness/prove/judge/joint_judge.h"
#include "harness/prove/judge/moved_elements.h"
#include "harness/prove/judge/provisos.h"
#include "harness/prove/judge/structure.h"
#include "harness/prove/judge/tail_verdict.h"
#include "harness/prove/judge/unread_features.h"
#include "harness/prove/sites/put_kernel.h"
#include "harness/prove/sites/unlike.h"
#include "harness/prove/tail/build_tail.h"

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

struct JudgedSite {
  std::vector<AccumulatorSet> reach;
  std::vector<ChannelJudgement> channels;
};

// What was observed at the site; null where nothing was asked for.
const ObservedSite* ObservedAt(const MatchedSite& site, const ProveOptions& options) {
  if (options.observed == nullptr || (site.before && site.before->conv.real)) return nullptr;
  return &options.observed->at(site.before_conv);
}

// Judges all channels of all sites, in any order on any number of threads; results lie by index, so
// they are the same whatever the number.
class ChannelRunner {
 public:
  ChannelRunner(const Side& before, const Matching& matching, const ProveOptions& options)
      : graph_(before.view.program().graph),
        matching_(matching),
        options_(options),
        judge_(matching.sites.size(), options.judge),
        roots_(matching.sites.size()),
        judged_(matching.sites.size()),
        channels_left_(matching.sites.size()) {
    for (std::size_t s = 0; s < matching.sites.size(); ++s) {
      const auto& conv = before.view.program().graph.node(matching.sites[s].before_conv);
      const auto own = options.site_tolerances.find(conv.name);
      if (own != options.site_tolerances.end()) judge_[s].tolerance_lsb = own->second;
      if (!matching.sites[s].before) continue;
      roots_[s].emplace(*matching.sites[s].before, *matching.sites[s].after);
      const std::size_t channels = matching.sites[s].before->conv.channels;
      judged_[s].channels.resize(channels);
      judged_[s].reach.resize(channels, AccumulatorSet::Interval({}, {0, 0}));
      for (std::uint32_t c = 0; c < channels; ++c) work_.emplace_back(s, c);
      channels_left_[s] = channels;
      sites_ += channels > 0;
    }
  }

  std::vector<JudgedSite> Run() {
    if (options_.threads <= 1) {
      JudgeScratch own;
      JudgeScratch& scratch = options_.scratch != nullptr ? *options_.scratch : own;
      for (const auto& [site, channel] : work_) One(site, channel, scratch);
    } else {
      tbb::enumerable_thread_specific<JudgeScratch> scratch;
      tbb::task_arena arena(options_.threads);
      arena.execute([&] {
        tbb::parallel_for(std::size_t{0}, work_.size(), [&](std::size_t i) {
          One(work_[i].first, work_[i].second, scratch.local());
        });
      });
    }
    return std::move(judged_);
  }

 private:
  void One(std::size_t site, std::uint32_t channel, JudgeScratch& scratch) {
    const MatchedSite& matched = matching_.sites[site];
    AccumulatorSet& reach = judged_[site].reach[channel];
    if (!matched.joint.empty() && matched.joint[channel]) {
      reach = ReachOf(matched.before->conv, channel, Reach::kInterval);
      judged_[site].channels[channel] =
          JudgeJointChannel(*matched.before, *matched.after, matched.pairs, channel, judge_[site],
                            *roots_[site], scratch);
      return Tell(site);
    }
    reach = ReachOf(matched.before->conv, channel, options_.reach);
    const ObservedSite* observed = ObservedAt(matched, options_);
    if (observed != nullptr && !observed->channels[channel].empty()) {
      CheckReached(matched, reach, observed->channels[channel]);
    }
    judged_[site].channels[channel] =
        JudgeChannel(*matched.before, *matched.after, matched.pairs, channel, reach,
                     observed != nullptr ? &observed->channels[channel] : nullptr, judge_[site],
                     *roots_[site], scratch);
    Tell(site);
  }

  // Inputs of other sizes than the program takes can give accumulators outside of its reach.
  void CheckReached(const MatchedSite& site, const AccumulatorSet& reach,
                    const ObservedChannel& observed) const {
    if (reach.Contains(observed.low) && reach.Contains(observed.high)) return;
    const auto& type = graph_.value(site.before->conv.op.input).type;
    FP_CHECK(type && !type->is_static());
    throw Error(Error::Code::kInput, graph_.node(site.before_conv).name,
                "the given inputs make accumulators that no size which the program takes gives");
  }

  void Tell(std::size_t site) {
    const std::int64_t done = ++done_;
    const bool ends_site = --channels_left_[site] == 0;
    const std::int64_t sites = ends_site ? ++sites_done_ : sites_done_.load();
    if (!options_.progress || (done % 64 != 0 && !ends_site)) return;
    options_.progress({sites, sites_, done, static_cast<std::int64_t>(work_.size())});
  }

  const ir::Graph& graph_;  // of before
  const Matching& matching_;
  const ProveOptions& options_;
  std::vector<JudgeOptions> judge_;              // one a site
  std::vector<std::optional<RootSteps>> roots_;  // of the sites that are judged
  std::vector<JudgedSite> judged_;
  std::vector<std::pair<std::size_t, std::uint32_t>> work_;
  std::vector<std::atomic<std::size_t>> channels_left_;  // by site
  std::int64_t sites_ = 0;                               // with channels
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<std::int64_t> sites_done_ = 0;
};

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
  tail.channels.reserve(judged.channels.size());
  for (ChannelJudgement& channel : judged.channels)
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
    out.float_input = site.before->conv.float_input;
  }
  for (const ChannelJudgement& channel : judged.channels) {
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
  PutKernels(after, options.semantics, proof.matching);
  for (MatchedSite& site : proof.matching.sites) SetFloatUnits(site);
  Verification& out = proof.verification;
  std::vector<JudgedSite> judged = ChannelRunner(before, proof.matching, options).Run();
  std::vector<StructureFinding> overflows;
  for (std::size_t s = 0; s < judged.size(); ++s) {
    const MatchedSite& site = proof.matching.sites[s];
    out.sites.push_back(MakeSite(before, after, site, judged[s], options));
    out.verdict = std::max(out.verdict, out.sites.back().verdict);
    if (out.sites.back().float_input)
      out.input_range = {options.float_box.low, options.float_box.high};
    if (!site.before || !site.joint.empty()) continue;
    SiteSums sums = JudgeSums(site.before->conv, site.after->conv, judged[s].reach,
                              after.view.program().graph.node(site.after_conv));
    out.sites.back().sums = sums.sums;
    std::ranges::move(sums.findings, std::back_inserter(overflows));
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
    std::ranges::move(UnreadFeatures(before, after), std::back_inserter(out.unproved));
  }
  if (!out.unproved.empty()) out.verdict = std::max(out.verdict, Verdict::kUnproved);
  for (const StructureFinding& finding : out.structure) {
    if (finding.only_after) out.verdict = Verdict::kDiffers;
  }
  return proof;
}

}  // namespace foldproof::prove
