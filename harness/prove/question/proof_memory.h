// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/prove/question/questions_in_work.h"

namespace foldproof::prove {

// Where answers are kept from one proof to another (docs/cache.md). Several threads use it at once.
class ProofMemory {
 public:
  virtual ~ProofMemory() = default;

  // What an answer to this question (QuestionBytes) is kept under, by this prover.
  virtual std::string KeyOf(std::string_view question) const = 0;
  // The bytes that are kept under the key; nullopt where none are, or none that can be trusted.
  virtual std::optional<std::string> Find(const std::string& key) = 0;
  // Nothing is thrown where they cannot be kept.
  virtual void Keep(const std::string& key, std::string_view answer) = 0;
  // What Find gave is no answer: forgets it.
  virtual void Drop(const std::string& key) = 0;

  // The keys that proofs with this memory are at.
  QuestionsInWork& in_work() { return in_work_; }

 private:
  QuestionsInWork in_work_;
};

}  // namespace foldproof::prove
