// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/dimensions.h"
#include "fuzz/properties.h"

namespace foldproof::fuzz {

// One cause of failures: a rule, and the choices that its plainest case needs. A case that fails by
// the same rule and makes all of these choices is taken to fail for the same cause.
struct Failure {
  Finding finding;  // of the plainest case
  // The choices of the draw that are not plain; those that it shares with a like one, where another
  // cause was found that differs in one choice alone (Generalize).
  std::vector<NamedChoice> needs;
  Draw draw;                // the plainest case
  std::uint64_t count = 0;  // cases
  std::uint64_t first = 0;  // index of the first
  double seconds = 0;       // into the campaign when it was found
  std::size_t tried = 0;    // draws while it was shrunk
  bool shrunk = true;       // otherwise there was no time for it, and `draw` is what was drawn

  bool Explains(const std::string& rule, const std::vector<NamedChoice>& choices) const;
};

// Two causes of one rule that need the same two choices or more, and one choice each besides, are
// one cause, which those two in common bring about in several ways. Where they are, `known` needs
// what both do, and the answer is true.
bool Generalize(Failure& known, const Failure& other);

}  // namespace foldproof::fuzz
