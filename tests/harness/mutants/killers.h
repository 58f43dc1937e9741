// SPDX-License-Identifier: BSD-3-Clause
//
// For each mutant a program on which it gives another result than the engine, and the rule that
// tells that this result is wrong.
#pragma once

#include <string_view>
#include <vector>

#include "tests/src/fold/chain_program.h"
#include "tests/src/fold/norm_program.h"

namespace foldproof::mutants {

using fold::ChainProgram;
using fold::ChainSpec;

struct Killer {
  std::string_view mutant;
  std::string_view rule;
  ChainSpec spec;
  ChainProgram::Also also = ChainProgram::Also::kNothing;
};

std::vector<Killer> Killers();

// The same of FoldConvBN's mutants.
struct NormKiller {
  std::string_view mutant;
  std::string_view rule;
  fold::NormSpec spec;
};

std::vector<NormKiller> NormKillers();

}  // namespace foldproof::mutants
