// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "fuzz/draw_examiner.h"
#include "fuzz/failure.h"

namespace foldproof::fuzz {

struct ShrinkOptions {
  std::uint64_t seed = 1;
  std::size_t most = 2000;          // draws that are tried for one cause
  std::function<double()> seconds;  // since the start
  std::function<bool()> hurry;      // asked between draws; a cause stays as it was drawn
  passes::IsOver is_over;           // asked amid one: nobody waits for it any more
  std::function<bool()> stop = {};  // as `hurry`, for a cause whose every draw costs its time-out
};

// Makes a case that fails plain, with the rule that it fails by held fixed. The same for the same
// case, rule and options, whoever asks and when: where there is no time to do so to the end, the
// case stays as it was drawn, whatever was found on the way.
class CauseShrinker {
 public:
  // `make_pass` and `properties` outlive it.
  CauseShrinker(const passes::MakePass& make_pass, const PropertyOptions& properties,
                std::optional<unsigned> apart_seconds, ShrinkOptions options);

  // `finding` of case `index`, as plain as it can be made, or as it was drawn (Failure::shrunk).
  Failure Shrunk(const Finding& finding, std::uint64_t index);

  // What case `index` fails by, of the rule `rule`. Throws Error(kInput) where it does not.
  Finding FindingOf(const std::string& rule, std::uint64_t index);

 private:
  DrawExaminer examiner_;
  Family family_;
  ShrinkOptions options_;
};

}  // namespace foldproof::fuzz
