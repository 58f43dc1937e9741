// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/judge/site_runner.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "harness/prove/judge/site_judge.h"
#include "harness/prove/question/answer_bytes.h"
#include "harness/prove/question/proof_memory.h"
#include "harness/prove/question/question_bytes.h"
#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// Inputs of other sizes than the program takes can give accumulators outside of its reach.
void CheckReached(const ir::Graph& graph, const MatchedSite& site, const ObservedSite& observed,
                  Reach kind) {
  for (std::size_t c = 0; c < observed.channels.size(); ++c) {
    const ObservedChannel& channel = observed.channels[c];
    if (channel.empty() || (!site.joint.empty() && site.joint[c])) continue;
    const AccumulatorSet reach = ReachOf(site.before->conv, c, kind);
    if (reach.Contains(channel.low) && reach.Contains(channel.high)) continue;
    const auto& type = graph.value(site.before->conv.op.input).type;
    FP_CHECK(type && !type->is_static());
    throw Error(Error::Code::kInput, graph.node(site.before_conv).name,
                "the given inputs make accumulators that no size which the program takes gives");
  }
}

// A site is asked about by one proof of a memory at a time. Another one that has the same question
// goes on with its other sites, and then waits for the answer.
class SiteRunner {
 public:
  SiteRunner(const Side& before, Matching& matching, const ProveOptions& options)
      : options_(options),
        asked_(matching.sites.size()),
        keys_(matching.sites.size()),
        turns_(matching.sites.size()),
        roots_(matching.sites.size()),
        judged_(matching.sites.size()),
        left_(matching.sites.size()) {
    const ir::Graph& graph = before.view.program().graph;
    for (std::size_t s = 0; s < matching.sites.size(); ++s) {
      MatchedSite& site = matching.sites[s];
      if (!site.before) continue;
      JudgeOptions judge = options.judge;
      const auto own = options.site_tolerances.find(graph.node(site.before_conv).name);
      if (own != options.site_tolerances.end()) judge.tolerance_lsb = own->second;
      const ObservedSite* observed = ObservedAt(site, options);
      if (observed != nullptr) CheckReached(graph, site, *observed, options.reach);
      asked_[s].emplace(site, judge, options.reach, observed);
      if (options.memory != nullptr) keys_[s] = options.memory->KeyOf(QuestionBytes(QuestionOf(s)));
      waiting_.push_back(s);
      channels_ += static_cast<std::int64_t>(site.before->conv.channels);
    }
    sites_ = std::ssize(waiting_);
  }

  std::vector<JudgedSite> Run(Matching& matching) {
    while (!waiting_.empty()) {
      TakeWork();
      JudgeWork();
    }
    for (std::size_t s = 0; s < judged_.size(); ++s) {
      if (!asked_[s]) continue;
      const SiteQuestion& question = asked_[s]->question();
      std::vector<Reach> kinds;
      for (std::size_t c = 0; c < question.before.conv.channels; ++c)
        kinds.push_back(ReachKindOf(question, c));
      asked_[s]->PutBack();
      judged_[s].reach.Of(matching.sites[s].before->conv, std::move(kinds));
    }
    return std::move(judged_);
  }

 private:
  const SiteQuestion& QuestionOf(std::size_t site) const { return asked_[site]->question(); }

  // One thread takes a site at a time, so that proofs side by side share what they have in common;
  // several take all, so that each has channels to judge.
  void TakeWork() {
    std::vector<std::size_t> left;
    for (const std::size_t site : waiting_) {
      const bool has_enough = options_.threads <= 1 && !work_.empty();
      if (has_enough || !TakeTurn(site))
        left.push_back(site);
      else if (!Remember(site))
        AddWork(site);
    }
    waiting_ = std::move(left);
    if (work_.empty() && !waiting_.empty())
      options_.memory->in_work().WaitFor(keys_[waiting_.front()]);
  }

  // False while another proof, or this one of another site, is at the same question.
  bool TakeTurn(std::size_t site) {
    if (options_.memory == nullptr) return true;
    auto turn = options_.memory->in_work().Take(keys_[site]);
    if (turn) turns_[site].emplace(*std::move(turn));
    return turns_[site].has_value();
  }

  // Whether the answer is known from another proof.
  bool Remember(std::size_t site) {
    if (options_.memory == nullptr) return false;
    const auto bytes = options_.memory->Find(keys_[site]);
    if (!bytes) return false;
    auto answer = ReadAnswer(*bytes, QuestionOf(site));
    if (!answer) {
      options_.memory->Drop(keys_[site]);
      return false;
    }
    turns_[site].reset();
    judged_[site].answer = *std::move(answer);
    judged_[site].remembered = true;
    Tell(QuestionOf(site).before.conv.channels, true);
    return true;
  }

  void AddWork(std::size_t site) {
    const std::size_t channels = QuestionOf(site).before.conv.channels;
    judged_[site].answer.channels.resize(channels);
    judged_[site].reach = SiteReach(channels);
    left_[site] = channels;
    // They follow from the question, so they are no part of it. Its sides stay where they are.
    roots_[site].emplace(QuestionOf(site).before, QuestionOf(site).after);
    for (std::uint32_t c = 0; c < channels; ++c) work_.emplace_back(site, c);
    if (channels == 0) Finish(site);
  }

  void JudgeWork() {
    const auto work = std::exchange(work_, {});
    if (options_.threads <= 1) {
      JudgeScratch& scratch = options_.scratch != nullptr ? *options_.scratch : scratch_;
      for (const auto& [site, channel] : work) One(site, channel, scratch);
      return;
    }
    tbb::enumerable_thread_specific<JudgeScratch> scratch;
    tbb::task_arena arena(options_.threads);
    arena.execute([&] {
      tbb::parallel_for(std::size_t{0}, work.size(), [&](std::size_t i) {
        One(work[i].first, work[i].second, scratch.local());
      });
    });
  }

  // Results lie by index, so they are the same in any order.
  void One(std::size_t site, std::uint32_t channel, JudgeScratch& scratch) {
    JudgedChannel one = JudgeChannelOf(QuestionOf(site), channel, *roots_[site], scratch);
    judged_[site].answer.channels[channel] = std::move(one.judgement);
    judged_[site].reach.Keep(channel, std::move(one.reach));
    const bool ends_site = --left_[site] == 0;
    if (ends_site) Finish(site);
    Tell(1, ends_site);
  }

  void Tell(std::size_t channels, bool ends_site) {
    const std::int64_t done = done_ += static_cast<std::int64_t>(channels);
    const std::int64_t sites = ends_site ? ++sites_done_ : sites_done_.load();
    if (!options_.progress || (done % 64 != 0 && !ends_site)) return;
    options_.progress({sites, sites_, done, channels_});
  }

  // Whoever judged its last channel does this.
  void Finish(std::size_t site) {
    JudgedSite& judged = judged_[site];
    judged.answer.sums = SumsOfSite(QuestionOf(site), judged.reach);
    if (options_.memory == nullptr) return;
    const std::string bytes = AnswerBytes(judged.answer);
    // What would not be believed later is not kept.
    if (ReadAnswer(bytes, QuestionOf(site))) options_.memory->Keep(keys_[site], bytes);
    turns_[site].reset();
  }

  const ProveOptions& options_;
  std::vector<std::optional<AskedSite>> asked_;
  std::vector<std::string> keys_;
  std::vector<std::optional<QuestionsInWork::Turn>> turns_;  // of the sites that are at work
  std::vector<std::optional<RootSteps>> roots_;              // of the sites that are judged
  std::vector<JudgedSite> judged_;
  std::vector<std::atomic<std::size_t>> left_;  // channels of a site that are not judged yet
  std::vector<std::size_t> waiting_;            // sites that nobody has begun for this proof
  std::vector<std::pair<std::size_t, std::uint32_t>> work_;
  JudgeScratch scratch_;
  std::int64_t sites_ = 0;
  std::int64_t channels_ = 0;
  std::atomic<std::int64_t> done_ = 0;
  std::atomic<std::int64_t> sites_done_ = 0;
};

}  // namespace

const ObservedSite* ObservedAt(const MatchedSite& site, const ProveOptions& options) {
  if (options.observed == nullptr || (site.before && site.before->conv.real)) return nullptr;
  return &options.observed->at(site.before_conv);
}

std::vector<JudgedSite> JudgeSites(const Side& before, Matching& matching,
                                   const ProveOptions& options) {
  return SiteRunner(before, matching, options).Run(matching);
}

}  // namespace foldproof::prove
