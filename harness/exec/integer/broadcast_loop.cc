// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/broadcast_loop.h"

#include <algorithm>

namespace foldproof::exec {
namespace {

// The stride with which a row-major tensor of `from` is walked along each dimension of `to`.
std::vector<std::int64_t> StridesIn(const std::vector<std::int64_t>& from,
                                    const std::vector<std::int64_t>& to) {
  std::vector<std::int64_t> strides(to.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::size_t at = from.size() - 1 - i;
    if (from[at] != 1) strides[to.size() - 1 - i] = stride;
    stride *= from[at];
  }
  return strides;
}

}  // namespace

BroadcastLoops LoopsOver(const std::vector<std::int64_t>& left,
                         const std::vector<std::int64_t>& right,
                         const std::vector<std::int64_t>& out) {
  const std::vector<std::int64_t> a = StridesIn(left, out), b = StridesIn(right, out);
  BroadcastLoops loops;
  for (std::size_t d = out.size(); d-- > 0;) {
    if (out[d] == 1) continue;
    if (!loops.dims.empty()) {
      BroadcastLoops::Dim& inner = loops.dims.back();
      if (a[d] == inner.left * inner.size && b[d] == inner.right * inner.size) {
        inner.size *= out[d];
        continue;
      }
    }
    loops.dims.push_back({out[d], a[d], b[d]});
  }
  if (loops.dims.empty()) loops.dims.push_back({1, 0, 0});
  std::ranges::reverse(loops.dims);
  return loops;
}

}  // namespace foldproof::exec
