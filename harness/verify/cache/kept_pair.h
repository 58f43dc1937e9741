// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/prove/question/pair_question.h"
#include "harness/prove/question/proof_memory.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::verify {

// The whole verification of a pair of files in a memory.
class KeptPair {
 public:
  // Keeps nothing where `memory` is null or there is no question.
  KeptPair(prove::ProofMemory* memory, const std::optional<prove::PairQuestion>& question);

  // The verification, all of whose sites are remembered ones; nullopt where it is not known.
  std::optional<prove::Verification> Find() const;
  void Keep(prove::Verification verification) const;

 private:
  prove::ProofMemory* memory_;
  std::string key_;
};

}  // namespace foldproof::verify
