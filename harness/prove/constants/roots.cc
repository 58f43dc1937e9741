// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/roots.h"

#include <algorithm>

#include "src/base/error.h"

namespace foldproof::prove {

bool Roots::Has(RootId root) const {
  return std::ranges::any_of(runs_, [&](const Run& run) { return run.root == root; });
}

std::vector<RootId> Roots::Each() const {
  std::vector<RootId> out;
  for (const Run& run : runs_) out.insert(out.end(), run.count, run.root);
  return out;
}

Roots Roots::Combined(const Roots& roots, const Roots& others) {
  if (roots.empty()) return others;
  if (others.empty()) return roots;
  Roots out;
  std::size_t other = 0, used = 0;  // of the run others.runs_[other]
  for (const Run& run : roots.runs_) {
    for (std::size_t left = run.count; left > 0;) {
      FP_CHECK(other < others.runs_.size());
      const Run& with = others.runs_[other];
      const std::size_t count = std::min(left, with.count - used);
      out.Append(CombineRoots(run.root, with.root), count);
      left -= count;
      used += count;
      if (used < with.count) continue;
      ++other;
      used = 0;
    }
  }
  FP_CHECK(other == others.runs_.size());
  return out;
}

}  // namespace foldproof::prove
