// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace foldproof::prove {

// The questions that proofs of this process are at, so that no two threads judge one site at a
// time. Who waits has no turn, so nobody waits for one who waits.
class QuestionsInWork {
 public:
  // One proof's turn at a question. It ends with this value, whatever became of the proof.
  class Turn {
   public:
    Turn(Turn&& other) noexcept
        : all_(std::exchange(other.all_, nullptr)), key_(std::move(other.key_)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (all_ != nullptr) all_->End(key_);
    }

   private:
    friend class QuestionsInWork;
    Turn(QuestionsInWork& all, std::string key) : all_(&all), key_(std::move(key)) {}

    QuestionsInWork* all_;
    std::string key_;
  };

  // The turn at the question of this key; nullopt: a proof is at it.
  std::optional<Turn> Take(const std::string& key);
  // Comes back when no proof is at it.
  void WaitFor(const std::string& key);

 private:
  void End(const std::string& key);

  std::mutex mutex_;
  std::condition_variable ended_;
  std::set<std::string> keys_;
};

}  // namespace foldproof::prove
