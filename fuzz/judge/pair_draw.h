// SPDX-License-Identifier: BSD-3-Clause
//
// A pair of programs for the judge, as it was drawn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/draw.h"
#include "fuzz/judge/change.h"
#include "fuzz/judge/program_pair.h"
#include "src/ir/program.h"

namespace foldproof::fuzz {

// What stands between BEFORE and AFTER besides changes.
enum class Between : std::uint8_t {
  kNothing,
  kGuarded,  // AFTER is folded by this policy first
  kRepair,
  kUpstream,
  kKeys,  // the outputs have names, two of which are exchanged
};

struct PairDraw {
  std::optional<std::uint32_t> file;  // which of the given programs is the base; else `base`
  Draw base;
  std::vector<ChangeDraw> prepared;  // of the base, in both programs
  Between between = Between::kNothing;
  std::vector<ChangeDraw> changes;  // of AFTER alone
  friend auto operator<=>(const PairDraw&, const PairDraw&) = default;
};

// Case `index` of `seed`, of which some begin at one of `files` programs.
PairDraw DrawPair(std::uint64_t seed, std::uint64_t index, std::size_t files);

// The pair; nullopt where a change has no place or what it makes is no program.
std::optional<ProgramPair> PairOf(const PairDraw& draw, const std::vector<ir::Program>& files);

// The kinds of changes that a draw holds, each once, what is in both programs as "NAME (both)".
std::vector<std::string> KindsOf(const PairDraw& draw);
// The kind of hole that it looks for: that of what is random or writes in both programs, else of
// AFTER's last change.
std::string FamilyOf(const PairDraw& draw);

// Draws with less in them, the boldest first.
std::vector<PairDraw> PlainerPairs(const PairDraw& draw);

}  // namespace foldproof::fuzz
