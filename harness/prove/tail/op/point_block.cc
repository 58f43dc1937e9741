// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/point_block.h"

namespace foldproof::prove {

void RegisterBlock::Resize(std::size_t registers, std::size_t points) {
  points_ = points;
  const std::size_t cells = registers * points;
  if (low_.size() < cells) {
    low_.resize(cells);
    flags_.resize(cells);
  }
  exact_.assign(registers, 1);
}

void RegisterBlock::set_exact(std::size_t reg, bool exact) {
  exact_[reg] = exact;
  if (!exact && high_.size() < low_.size()) high_.resize(low_.size());
}

}  // namespace foldproof::prove
