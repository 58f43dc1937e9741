// SPDX-License-Identifier: BSD-3-Clause
//
// One pair before the judge, and its word against libtorch's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "fuzz/judge/pair_draw.h"
#include "harness/exec/executor.h"
#include "harness/prove/judge/channel_judge.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::fuzz {

// A judge: what it says of two programs. Throws Error(kInput) where it refuses them.
using Judge = std::function<prove::Verification(const ProgramPair&)>;

// The prover with its default gate, in `scratch`, which outlives the judge.
Judge ProverWith(prove::JudgeScratch& scratch);

// What was said and is not so.
struct Lie {
  // "output-differs", "state-differs", "interface-differs", "judge-fails"
  std::string rule;
  std::string place;
  std::string detail;
};

struct CheckedPair {
  enum class Kind {
    kRefused,   // by the judge
    kDiffers,   // and nothing is asked of it
    kUnproved,  // likewise
    kNotRun,    // it holds, says the judge, and libtorch does not run one of the two
    kHolds,     // and what was run bears it out
    kLie,
  };

  Kind kind = Kind::kRefused;
  prove::Verdict verdict = prove::Verdict::kUnproved;
  std::optional<Lie> lie;
  std::string note;    // why it was not run
  bool flips = false;  // a difference went away with exact sums
};

// Has `judge` judge the pair and, where it says that it holds, `torch` run both programs on inputs
// of several aims.
CheckedPair CheckPair(const ProgramPair& pair, std::uint64_t key, const Judge& judge,
                      exec::Executor& torch);

}  // namespace foldproof::fuzz
