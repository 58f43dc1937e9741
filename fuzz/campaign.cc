// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/campaign.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/case_batches.h"
#include "fuzz/cause_list.h"
#include "fuzz/cause_shrinker.h"
#include "fuzz/draw_examiner.h"
#include "fuzz/generator.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

// A reason with n in the place of every number that stands by itself: nearly each case has figures
// of its own, and a long campaign would keep them all.
std::string WithoutFigures(std::string_view reason) {
  const auto is_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  for (std::size_t at = 0; at < reason.size();) {
    const bool begins = at == 0 || !(is_of_word(reason[at - 1]) || reason[at - 1] == '_');
    double figure = 0;
    const char* next = reason.data() + at;
    if (begins && '0' <= *next && *next <= '9') {
      next = std::from_chars(next, reason.data() + reason.size(), figure).ptr;
      out += 'n';
    } else {
      out += *next++;
    }
    at = static_cast<std::size_t>(next - reason.data());
  }
  return out;
}

// Of a campaign that ends by time: where a cause waits to be shrunk by then, the rest is for that.
constexpr double kDrawingShare = 0.75;

std::vector<std::string> RulesOf(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) out.push_back(finding.rule);
  return out;
}

class Campaign {
 public:
  Campaign(const passes::MakePass& make_pass, const CampaignOptions& options)
      : options_(options),
        queue_(options.cases, options.ahead, [this] { return Stops(); }),
        shrinker_(make_pass, options.properties, options.apart_seconds,
                  {options.seed, options.most_shrinks, options.seconds, options.hurry,
                   options.is_over, options.stop}),
        causes_(result_, CausesWanted()) {
    result_.coverage = Coverage(options.properties.family);
    result_.first = result_.next = options.first;
    if (options.before) result_ = *options.before;
    if (options.records) result_.record.emplace();
    if (result_.coverage.family() != options.properties.family) {
      throw Error(Error::Code::kUsage, "the campaign to go on from",
                  "drew other programs; give --fold-pass as it was given then");
    }
    result_.seed = options.seed;
    first_ = result_.next;
    for (int i = 0; i < options.threads; ++i) {
      examiners_.push_back(std::make_unique<DrawExaminer>(make_pass, options.properties,
                                                          options.apart_seconds, options.is_over));
    }
  }

  CampaignResult Run() {
    Tell();
    Crew crew(queue_);
    for (const auto& examiner : examiners_) crew.Start([this, &examiner] { Work(*examiner); });
    while (auto batch = NextBatch()) {
      for (const ExaminedCase& examined : batch->cases) Count(examined);
      result_.seconds = options_.seconds ? options_.seconds() : 0;
      Tell();
      if (batch->cut) break;  // later ones would leave a gap
    }
    result_.stopped = !options_.cases || result_.next - first_ < *options_.cases;
    while (causes_.Waits()) causes_.ExplainNext();
    result_.seconds = options_.seconds ? options_.seconds() : 0;
    return std::move(result_);
  }

 private:
  void Work(DrawExaminer& examiner) {
    while (const auto number = queue_.Take()) queue_.Put(*number, BatchOf(*number, examiner));
  }

  CaseBatch BatchOf(std::uint64_t number, DrawExaminer& examiner) {
    CaseBatch batch;
    const std::uint64_t size = queue_.SizeOf(number);
    std::deque<Draw> waiting;
    const auto posted = [&] { return batch.cases.size() + waiting.size(); };
    for (;;) {
      while (!batch.cut && posted() < size && examiner.MayPost()) {
        if (!waiting.empty() && !options_.ahead) break;
        batch.cut = posted() > 0 && Stops();
        if (batch.cut) break;
        const std::uint64_t index = first_ + queue_.FirstOf(number) + posted();
        waiting.push_back(DrawCase(options_.seed, index, options_.properties.family).value());
        examiner.Post(waiting.back(), index);
      }
      if (waiting.empty()) return batch;
      CaseOutcome outcome = examiner.Next();
      if (outcome.kind == CaseOutcome::Kind::kCut) {
        batch.cut = true;
        return batch;
      }
      batch.cases.push_back({std::move(waiting.front()), std::move(outcome)});
      waiting.pop_front();
    }
  }

  void Count(const ExaminedCase& examined) {
    const std::uint64_t index = result_.next++;
    ++result_.cases;
    result_.coverage.Add(examined.draw);
    if (options_.counted) options_.counted(index, examined.outcome);
    switch (examined.outcome.kind) {
      case CaseOutcome::Kind::kRefused: ++result_.refused; break;
      case CaseOutcome::Kind::kProved: ++result_.proved; break;
      case CaseOutcome::Kind::kUnproved:
        ++result_.unproved;
        ++result_.unproved_reasons[WithoutFigures(examined.outcome.unproved)];
        break;
      case CaseOutcome::Kind::kFailed: ++result_.failed; break;
      case CaseOutcome::Kind::kCut: FP_CHECK(false);
    }
    const std::vector<Finding>& findings = examined.outcome.findings;
    if (findings.empty()) return;
    if (result_.record) result_.record->failing[RulesOf(findings)].push_back(index);
    causes_.Explain(findings, NotPlain(examined.draw), index);
    cause_waits_ = causes_.Waits();
  }

  // The next batch. While the threads are at it, causes are shrunk.
  std::optional<CaseBatch> NextBatch() {
    while (causes_.Waits() && queue_.Waits()) {
      causes_.ExplainNext();
      cause_waits_ = causes_.Waits();
    }
    return queue_.Next();
  }

  void Tell() const {
    if (options_.progress) options_.progress({result_});
  }

  void TellShrinking(const Finding& finding) const {
    const std::size_t number = result_.failures.size() + 1;
    if (options_.progress)
      options_.progress({result_, finding.rule, number, number + causes_.waiting()});
  }

  // Asked by the threads, too.
  bool Stops() const {
    if (options_.stop && options_.stop()) return true;
    if (!options_.ends_at) return false;
    return options_.seconds() >= *options_.ends_at * (cause_waits_ ? kDrawingShare : 1);
  }

  CauseOptions CausesWanted() {
    const auto shrink = [this](const Finding& finding, std::uint64_t index) {
      TellShrinking(finding);
      Failure failure = shrinker_.Shrunk(finding, index);
      Tell();
      if (result_.record && failure.shrunk) {
        result_.record->shrunk.emplace(std::pair(index, finding.rule), failure);
      }
      return failure;
    };
    return {options_.most_failures,      shrink, options_.hurry, options_.found, options_.absorbed,
            options_.ends_at.has_value()};
  }

  const CampaignOptions& options_;
  std::atomic<bool> cause_waits_ = false;  // as causes_ says, for the threads
  BatchQueue queue_;
  std::uint64_t first_ = 0;
  CampaignResult result_;
  CauseShrinker shrinker_;
  CauseList causes_;
  std::vector<std::unique_ptr<DrawExaminer>> examiners_;  // one a thread
};

}  // namespace

CampaignResult RunCampaign(const passes::MakePass& make_pass, const CampaignOptions& options) {
  return Campaign(make_pass, options).Run();
}

}  // namespace foldproof::fuzz
