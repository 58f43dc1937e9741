// SPDX-License-Identifier: BSD-3-Clause
//
// How the threads of a campaign share its cases: batches by number, handed out in order and taken
// back in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "fuzz/draw.h"
#include "fuzz/properties.h"

namespace foldproof::fuzz {

struct ExaminedCase {
  Draw draw;
  CaseOutcome outcome;
};
struct CaseBatch {
  std::vector<ExaminedCase> cases;
  bool cut = false;  // the campaign was stopped amid it
};

class BatchQueue {
 public:
  // So many cases (nullopt: until `stop`), of a pass that is `quick` or slow.
  BatchQueue(std::optional<std::uint64_t> cases, bool quick, std::function<bool()> stop);

  // The number of the next batch; nullopt at the end.
  std::optional<std::uint64_t> Take();
  void Put(std::uint64_t number, CaseBatch batch);

  // Hands out no more batches. Next throws `why`, where there is one.
  void Stop(std::exception_ptr why = nullptr);

  // The batches in order; nullopt when all that were handed out are back.
  std::optional<CaseBatch> Next();
  // Whether Next would wait.
  bool Waits();

  // The first case of a batch, counted from the campaign's own first, and how many it has.
  std::uint64_t FirstOf(std::uint64_t number) const { return number * batch_; }
  std::uint64_t SizeOf(std::uint64_t number) const;

 private:
  bool AtEnd() const { return cases_ && next_ * batch_ >= *cases_; }
  bool IsReady() const;

  const std::optional<std::uint64_t> cases_;
  const std::uint64_t batch_;
  const std::function<bool()> stop_;
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
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void Start(const std::function<void()>& work);

 private:
  BatchQueue& queue_;
  std::vector<std::thread> threads_;
};

}  // namespace foldproof::fuzz
