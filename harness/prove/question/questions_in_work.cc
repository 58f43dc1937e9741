// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/question/questions_in_work.h"

namespace foldproof::prove {

std::optional<QuestionsInWork::Turn> QuestionsInWork::Take(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (!keys_.insert(key).second) return std::nullopt;
  return Turn(*this, key);
}

void QuestionsInWork::WaitFor(const std::string& key) {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return !keys_.contains(key); });
}

void QuestionsInWork::End(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    keys_.erase(key);
  }
  ended_.notify_all();
}

}  // namespace foldproof::prove
