// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/campaign.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "fuzz/generator.h"
#include "fuzz/program_of_draw.h"
#include "fuzz/shrink.h"
#include "harness/exec/integer/integer_executor.h"
#include "src/base/error.h"

namespace foldproof::fuzz {
namespace {

// Cases that a thread takes at once.
constexpr std::uint64_t kBatch = 64;
constexpr std::size_t kMostHangs = 4;  // draws that are tried where a pass hangs

struct Examined {
  Draw draw;
  CaseOutcome outcome;
};
using Batch = std::vector<Examined>;

// A case in which our own code throws is a failure like any other, and goes on; a disk that is full
// is no failure of the case.
CaseOutcome ExamineDraw(Examiner& examiner, const Draw& draw, std::uint64_t index) {
  try {
    return examiner.Examine(ProgramOf(draw), index);
  } catch (const std::exception& error) {
    const auto* ours = dynamic_cast<const Error*>(&error);
    if (ours != nullptr && ours->code() == Error::Code::kOutput) throw;
    return {CaseOutcome::Kind::kFailed, false, {{"internal-error", "", error.what()}}, ""};
  }
}

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

  void Put(std::uint64_t number, Batch batch) {
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
  std::optional<Batch> Next() {
    std::unique_lock lock(mutex_);
    ready_.wait(
        lock, [&] { return stopped_by_ || done_.contains(taken_) || (over_ && taken_ == next_); });
    if (stopped_by_) std::rethrow_exception(stopped_by_);
    const auto found = done_.find(taken_);
    if (found == done_.end()) return std::nullopt;
    Batch batch = std::move(found->second);
    done_.erase(found);
    ++taken_;
    room_.notify_all();
    return batch;
  }

  std::uint64_t SizeOf(std::uint64_t number) const {
    if (!options_.cases) return kBatch;
    return std::min(kBatch, *options_.cases - number * kBatch);
  }

 private:
  bool AtEnd() const { return options_.cases && next_ * kBatch >= *options_.cases; }

  const CampaignOptions& options_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  std::map<std::uint64_t, Batch> done_;
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

class Campaign {
 public:
  Campaign(const passes::MakePass& make_pass, const CampaignOptions& options)
      : make_pass_(make_pass), options_(options), queue_(options) {
    if (options.before) result_ = *options.before;
    result_.seed = options.seed;
    first_ = result_.next;
  }

  CampaignResult Run() {
    Crew crew(queue_);
    for (int i = 0; i < options_.threads; ++i) crew.Start([this] { Work(); });
    while (auto batch = queue_.Next()) {
      for (const Examined& examined : *batch) Count(examined);
      result_.seconds = options_.seconds ? options_.seconds() : 0;
      if (options_.progress) options_.progress(result_);
    }
    result_.seconds = options_.seconds ? options_.seconds() : 0;
    return std::move(result_);
  }

 private:
  void Work() {
    const auto pass = make_pass_();
    exec::IntegerExecutor executor;
    Examiner examiner(*pass, options_.properties, executor);
    while (const auto number = queue_.Take()) {
      Batch batch;
      for (std::uint64_t i = 0; i < queue_.SizeOf(*number); ++i) {
        const std::uint64_t index = first_ + *number * kBatch + i;
        Draw draw = DrawCase(options_.seed, index).value();
        CaseOutcome outcome = ExamineDraw(examiner, draw, index);
        batch.push_back({std::move(draw), std::move(outcome)});
      }
      queue_.Put(*number, std::move(batch));
    }
  }

  void Count(const Examined& examined) {
    const std::uint64_t index = result_.next++;
    ++result_.cases;
    result_.coverage.Add(examined.draw);
    if (options_.counted) options_.counted(index, examined.outcome);
    switch (examined.outcome.kind) {
      case CaseOutcome::Kind::kRefused: ++result_.refused; break;
      case CaseOutcome::Kind::kProved: ++result_.proved; break;
      case CaseOutcome::Kind::kUnproved:
        ++result_.unproved;
        ++result_.unproved_reasons[examined.outcome.unproved];
        break;
      case CaseOutcome::Kind::kFailed: ++result_.failed; break;
    }
    for (const Finding& finding : examined.outcome.findings) Explain(examined, finding, index);
  }

  void Explain(const Examined& examined, const Finding& finding, std::uint64_t index) {
    const std::vector<NamedChoice> choices = NotPlain(examined.draw);
    for (Failure& failure : result_.failures) {
      if (failure.Explains(finding.rule, choices)) {
        ++failure.count;
        return;
      }
    }
    if (result_.failures.size() >= options_.most_failures) return;
    // Unshrunk it would be told apart from its like by whatever else was drawn; `failed` counts it.
    const auto is_known = [&](const Failure& f) { return f.finding.rule == finding.rule; };
    const bool hurries = options_.hurry && options_.hurry();
    if (hurries && std::ranges::any_of(result_.failures, is_known)) return;
    Failure failure = Shrunk(finding, index);
    for (std::size_t i = 0; i < result_.failures.size(); ++i) {
      Failure& known = result_.failures[i];
      const bool is_known = known.Explains(failure.finding.rule, failure.needs);
      if (!is_known && !Generalize(known, failure)) continue;
      ++known.count;
      if (!is_known) AbsorbInto(i);
      return;
    }
    Absorb(failure);
    result_.failures.push_back(std::move(failure));
    if (options_.found) options_.found(result_.failures.back());
  }

  // The same, of a known cause that turned out to need less.
  void AbsorbInto(std::size_t i) {
    Failure failure = std::move(result_.failures[i]);
    result_.failures.erase(result_.failures.begin() + static_cast<std::ptrdiff_t>(i));
    Absorb(failure);
    result_.failures.push_back(std::move(failure));
  }

  // Causes that need what `failure` needs, and more, are the same cause, less plainly shown.
  void Absorb(Failure& failure) {
    const auto is_same = [&](const Failure& known) {
      return failure.Explains(known.finding.rule, known.needs);
    };
    for (const Failure& known : result_.failures) {
      if (!is_same(known)) continue;
      failure.count += known.count;
      failure.first = std::min(failure.first, known.first);
      failure.seconds = std::min(failure.seconds, known.seconds);
      if (options_.absorbed) options_.absorbed(known);
    }
    std::erase_if(result_.failures, is_same);
  }

  Failure Shrunk(const Finding& finding, std::uint64_t index) {
    if (!pass_) pass_ = make_pass_();
    Examiner examiner(*pass_, options_.properties, executor_);
    Failure failure{finding, {}, {}, 1, index, options_.seconds ? options_.seconds() : 0, 0};
    const auto fails = [&](const Draw& draw) {
      if (options_.hurry && options_.hurry()) return false;
      for (const Finding& found : ExamineDraw(examiner, draw, index).findings) {
        if (found.rule != finding.rule) continue;
        failure.finding = found;
        return true;
      }
      return false;
    };
    // Each draw that a pass hangs on costs its whole time-out.
    const std::size_t most = finding.rule == "pass-hangs" ? kMostHangs : options_.most_shrinks;
    failure.draw = Shrink(DrawCase(options_.seed, index), fails, most, failure.tried);
    failure.needs = NotPlain(failure.draw);
    return failure;
  }

  const passes::MakePass& make_pass_;
  const CampaignOptions& options_;
  BatchQueue queue_;
  std::uint64_t first_ = 0;
  std::unique_ptr<passes::PassUnderTest> pass_;
  exec::IntegerExecutor executor_;
  CampaignResult result_;
};

}  // namespace

bool Generalize(Failure& known, const Failure& other) {
  if (known.finding.rule != other.finding.rule) return false;
  std::vector<NamedChoice> common;  // all three are sorted
  std::ranges::set_intersection(known.needs, other.needs, std::back_inserter(common));
  const std::size_t n = common.size();
  if (n < 2 || known.needs.size() != n + 1 || other.needs.size() != n + 1) return false;
  known.needs = std::move(common);
  return true;
}

bool Failure::Explains(const std::string& rule, const std::vector<NamedChoice>& choices) const {
  return finding.rule == rule && std::ranges::includes(choices, needs);  // both are sorted
}

CampaignResult RunCampaign(const passes::MakePass& make_pass, const CampaignOptions& options) {
  return Campaign(make_pass, options).Run();
}

}  // namespace foldproof::fuzz
