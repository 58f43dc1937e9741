// SPDX-License-Identifier: BSD-3-Clause
//
// Shapes that broadcast as PyTorch's do: aligned at the last dimension, sizes of 1 repeated.
#pragma once

#include <cstdint>
#include <vector>

namespace foldproof::exec {

// Throws Error(kInput) with an empty place where they do not fit together.
std::vector<std::int64_t> BroadcastSizes(const std::vector<std::int64_t>& a,
                                         const std::vector<std::int64_t>& b);

// Which element of a row-major tensor of `from` stands at each element of `to`, to which it
// broadcasts.
class BroadcastIndex {
 public:
  BroadcastIndex(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to);
  std::size_t At(std::int64_t element) const;

 private:
  std::vector<std::int64_t> sizes_;
  std::vector<std::int64_t> strides_;  // 0 where a dimension is repeated
};

}  // namespace foldproof::exec
