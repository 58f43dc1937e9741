// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/campaign.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

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

// Cases that a thread takes at once.
constexpr std::uint64_t kBatchOfCases = 64;

struct ExaminedCase {
  Draw draw;
  CaseOutcome outcome;
};
struct CaseBatch {
  std::vector<ExaminedCase> cases;
  bool cut = false;  // the campaign was stopped amid it
};

// Batches by number, handed out in order and taken back in order.
class BatchQueue {
 public:
  explicit BatchQueue(const CampaignOptions& options) : options_(options) {}

  // The number of the next batch; nullopt at the end.
  std::optional<std::uint64_t> Take() {
    std::unique_lock lock(mutex_);
    // No thread runs far ahead of what was taken back.
    room_.wait(lock, [&] { return over_ || next_ < taken_ + 64; });
    if (!over_ && (AtEnd() || (options_.stop && options_.stop()))) over_ = true;
    if (over_) {
      ready_.notify_all();
      room_.notify_all();
      return std::nullopt;
    }
    return next_++;
  }

  void Put(std::uint64_t number, CaseBatch batch) {
    const std::lock_guard lock(mutex_);
    done_[number] = std::move(batch);
    ready_.notify_all();
  }

  // Hands out no more batches. Next throws `why`, where there is one.
  void Stop(std::exception_ptr why = nullptr) {
    const std::lock_guard lock(mutex_);
    over_ = true;
    if (!stopped_by_) stopped_by_ = why;
    ready_.notify_all();
    room_.notify_all();
  }

  // The batches in order; nullopt when all that were handed out are back.
  std::optional<CaseBatch> Next() {
    std::unique_lock lock(mutex_);
    ready_.wait(
        lock, [&] { return stopped_by_ || done_.contains(taken_) || (over_ && taken_ == next_); });
    if (stopped_by_) std::rethrow_exception(stopped_by_);
    const auto found = done_.find(taken_);
    if (found == done_.end()) return std::nullopt;
    CaseBatch batch = std::move(found->second);
    done_.erase(found);
    ++taken_;
    room_.notify_all();
    return batch;
  }

  std::uint64_t SizeOf(std::uint64_t number) const {
    if (!options_.cases) return kBatchOfCases;
    return std::min(kBatchOfCases, *options_.cases - number * kBatchOfCases);
  }

 private:
  bool AtEnd() const { return options_.cases && next_ * kBatchOfCases >= *options_.cases; }

  const CampaignOptions& options_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  std::map<std::uint64_t, CaseBatch> done_;
  std::uint64_t next_ = 0, taken_ = 0;
  bool over_ = false;
  std::exception_ptr stopped_by_;
};

// Threads that are joined whatever happens, once the queue gives them no more work.
class Crew {
 public:
  explicit Crew(BatchQueue& queue) : queue_(queue) {}
  ~Crew() {
    queue_.Stop();
    for (std::thread& thread : threads_) thread.join();
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void Start(const std::function<void()>& work) {
    threads_.emplace_back([this, work] {
      try {
        work();
      } catch (...) {
        queue_.Stop(std::current_exception());
      }
    });
  }

 private:
  BatchQueue& queue_;
  std::vector<std::thread> threads_;
};

std::vector<std::string> RulesOf(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) out.push_back(finding.rule);
  return out;
}

class Campaign {
 public:
  Campaign(const passes::MakePass& make_pass, const CampaignOptions& options)
      : options_(options),
        queue_(options),
        shrinker_(make_pass, options.properties, options.apart_seconds,
                  {options.seed, options.most_shrinks, options.seconds, options.hurry}),
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
      examiners_.push_back(
          std::make_unique<DrawExaminer>(make_pass, options.properties, options.apart_seconds));
    }
  }

  CampaignResult Run() {
    Crew crew(queue_);
    for (const auto& examiner : examiners_) crew.Start([this, &examiner] { Work(*examiner); });
    while (auto batch = queue_.Next()) {
      for (const ExaminedCase& examined : batch->cases) Count(examined);
      result_.seconds = options_.seconds ? options_.seconds() : 0;
      if (options_.progress) options_.progress(result_);
      if (batch->cut) break;  // later ones would leave a gap
    }
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
        batch.cut = posted() > 0 && options_.stop && options_.stop();
        if (batch.cut) break;
        const std::uint64_t index = first_ + number * kBatchOfCases + posted();
        waiting.push_back(DrawCase(options_.seed, index, options_.properties.family).value());
        examiner.Post(waiting.back(), index);
      }
      if (waiting.empty()) return batch;
      CaseOutcome outcome = examiner.Next();
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
    }
    const std::vector<Finding>& findings = examined.outcome.findings;
    if (findings.empty()) return;
    if (result_.record) result_.record->failing[RulesOf(findings)].push_back(index);
    causes_.Explain(findings, NotPlain(examined.draw), index);
  }

  CauseOptions CausesWanted() {
    const auto shrink = [this](const Finding& finding, std::uint64_t index) {
      Failure failure = shrinker_.Shrunk(finding, index);
      const bool whole = !options_.hurry || !options_.hurry();
      if (result_.record && whole) {
        result_.record->shrunk.emplace(std::pair(index, finding.rule), failure);
      }
      return failure;
    };
    return {options_.most_failures, shrink, options_.hurry, options_.found, options_.absorbed};
  }

  const CampaignOptions& options_;
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
