// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz/case_batches.h"

#include <algorithm>
#include <utility>

namespace foldproof::fuzz {
namespace {

// Cases that a thread takes at once. Those of a slow pass are few, for a campaign that is stopped
// loses what other threads did behind a case that was not finished.
constexpr std::uint64_t kQuickBatch = 64, kSlowBatch = 4;
constexpr std::uint64_t kMostAheadOfTaken = 64;  // batches

}  // namespace

BatchQueue::BatchQueue(std::optional<std::uint64_t> cases, bool quick, std::function<bool()> stop)
    : cases_(cases), batch_(quick ? kQuickBatch : kSlowBatch), stop_(std::move(stop)) {}

std::optional<std::uint64_t> BatchQueue::Take() {
  std::unique_lock lock(mutex_);
  // No thread runs far ahead of what was taken back.
  room_.wait(lock, [&] { return over_ || next_ < taken_ + kMostAheadOfTaken; });
  if (!over_ && (AtEnd() || stop_())) over_ = true;
  if (over_) {
    ready_.notify_all();
    room_.notify_all();
    return std::nullopt;
  }
  return next_++;
}

void BatchQueue::Put(std::uint64_t number, CaseBatch batch) {
  const std::lock_guard lock(mutex_);
  done_[number] = std::move(batch);
  ready_.notify_all();
}

void BatchQueue::Stop(std::exception_ptr why) {
  const std::lock_guard lock(mutex_);
  over_ = true;
  if (!stopped_by_) stopped_by_ = why;
  ready_.notify_all();
  room_.notify_all();
}

std::optional<CaseBatch> BatchQueue::Next() {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [&] { return IsReady(); });
  if (stopped_by_) std::rethrow_exception(stopped_by_);
  const auto found = done_.find(taken_);
  if (found == done_.end()) return std::nullopt;
  CaseBatch batch = std::move(found->second);
  done_.erase(found);
  ++taken_;
  room_.notify_all();
  return batch;
}

bool BatchQueue::Waits() {
  const std::lock_guard lock(mutex_);
  return !IsReady();
}

bool BatchQueue::IsReady() const {
  return stopped_by_ || done_.contains(taken_) || (over_ && taken_ == next_);
}

std::uint64_t BatchQueue::SizeOf(std::uint64_t number) const {
  if (!cases_) return batch_;
  return std::min(batch_, *cases_ - FirstOf(number));
}

Crew::~Crew() {
  queue_.Stop();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::Start(const std::function<void()>& work) {
  threads_.emplace_back([this, work] {
    try {
      work();
    } catch (...) {
      queue_.Stop(std::current_exception());
    }
  });
}

}  // namespace foldproof::fuzz
