// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/ir/constant.h"

namespace foldproof::ir {

// The storages of a program, by index. Copies of a program share their bytes, which nobody writes
// into: weights are most of a program, and one that is rewritten has the same.
class Storages {
 public:
  std::size_t size() const { return each_.size(); }
  const Storage& operator[](std::size_t index) const { return *each_[index]; }

  // The index of one that is added.
  std::uint32_t Add(Storage storage);

  // A copy takes the place of the bytes at `index`, to be changed while no copy is made of these
  // storages. All others keep the old ones.
  Storage& Change(std::size_t index);

  // Shares the bytes of those that are the same in `others`.
  void Share(const Storages& others);

 private:
  std::vector<std::shared_ptr<const Storage>> each_;
};

}  // namespace foldproof::ir
