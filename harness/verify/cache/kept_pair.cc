// SPDX-License-Identifier: BSD-3-Clause
#include "harness/verify/cache/kept_pair.h"

#include <utility>

#include "harness/prove/question/pair_bytes.h"

namespace foldproof::verify {

KeptPair::KeptPair(prove::ProofMemory* memory, const std::optional<prove::PairQuestion>& question)
    : memory_(question ? memory : nullptr) {
  if (memory_ != nullptr) key_ = memory_->KeyOf(prove::PairQuestionBytes(*question));
}

std::optional<prove::Verification> KeptPair::Find() const {
  if (memory_ == nullptr) return std::nullopt;
  const auto bytes = memory_->Find(key_);
  if (!bytes) return std::nullopt;
  std::optional<prove::Verification> out = prove::ReadVerification(*bytes);
  if (!out)
    memory_->Drop(key_);
  else
    out->remembered_sites = out->asked_sites;
  return out;
}

void KeptPair::Keep(prove::Verification verification) const {
  if (memory_ == nullptr) return;
  verification.remembered_sites = 0;  // so that everybody who proves the pair keeps the same
  const std::string bytes = prove::VerificationBytes(verification);
  // What would not be believed later is not kept.
  if (prove::ReadVerification(bytes)) memory_->Keep(key_, bytes);
}

}  // namespace foldproof::verify
