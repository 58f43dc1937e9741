// SPDX-License-Identifier: BSD-3-Clause
//
// Which sizes a dimension can have, where the program has a symbol in its place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/ir/program.h"

namespace foldproof::prove {

// All sizes that a call of the program can give a dimension lie in [low, high]. PyTorch's
// convolutions take no empty space, so they are at least 1.
struct AdmittedSizes {
  std::int64_t low = 1;
  std::int64_t high = 1;               // the largest int64 where nothing bounds it
  std::optional<std::int64_t> traced;  // the size of the call that the program was traced with
  // Some call gives each of them, whatever values other symbols have.
  bool all_occur = false;
  std::string symbol;  // where the dimension is one by itself, and all_occur

  bool is_number() const { return all_occur && symbol.empty(); }
};

// The name of a symbol that stands alone: "s0", or "Symbol('s0', positive=True, integer=True)".
// Empty for every other expression.
std::string_view NameOfSymbol(std::string_view text);

AdmittedSizes SizesOf(const ir::Program& program, const ir::Dim& dim);

}  // namespace foldproof::prove
