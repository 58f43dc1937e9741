// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/shape/broadcast.h"

#include <algorithm>

#include "src/base/error.h"

namespace foldproof::exec {
namespace {

// With sizes of 1 in front, up to `rank` dimensions.
std::vector<std::int64_t> Extended(std::vector<std::int64_t> sizes, std::size_t rank) {
  sizes.insert(sizes.begin(), rank - sizes.size(), 1);
  return sizes;
}

}  // namespace

std::vector<std::int64_t> BroadcastSizes(const std::vector<std::int64_t>& a,
                                         const std::vector<std::int64_t>& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  const std::vector<std::int64_t> left = Extended(a, rank);
  std::vector<std::int64_t> out = Extended(b, rank);
  for (std::size_t d = 0; d < rank; ++d) {
    if (out[d] == 1) out[d] = left[d];
    if (left[d] != 1 && left[d] != out[d]) {
      throw Error(Error::Code::kInput, "", "takes shapes that broadcast, and these do not");
    }
  }
  return out;
}

BroadcastIndex::BroadcastIndex(const std::vector<std::int64_t>& from,
                               const std::vector<std::int64_t>& to)
    : sizes_(to), strides_(to.size()) {
  const std::vector<std::int64_t> extended = Extended(from, to.size());
  std::int64_t stride = 1;
  for (std::size_t d = to.size(); d-- > 0;) {
    strides_[d] = extended[d] == 1 ? 0 : stride;
    stride *= extended[d];
  }
}

std::size_t BroadcastIndex::At(std::int64_t element) const {
  std::int64_t at = 0;
  for (std::size_t d = sizes_.size(); d-- > 0;) {
    at += element % sizes_[d] * strides_[d];
    element /= sizes_[d];
  }
  return static_cast<std::size_t>(at);
}

}  // namespace foldproof::exec
