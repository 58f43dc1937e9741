// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace foldproof::prove {

// Which square root an element was computed from: PyTorch's is IEEE's in one build and a float32
// step off in another (docs/numerics.md, "Square roots").
using RootId = std::uint64_t;
inline constexpr RootId kNoRoot = 0;
inline constexpr RootId kSeveralRoots = 1;
inline RootId CombineRoots(RootId a, RootId b) {
  if (a == kNoRoot || a == b) return b;
  return b == kNoRoot ? a : kSeveralRoots;
}

// Whether all square roots are taken as IEEE's, a float32 step lower or a step higher.
enum class RootStep { kNone, kDown, kUp };

// One root an element, row-major, or none at all. Elements of a channel mostly have one, so equal
// neighbours are kept as a run.
class Roots {
 public:
  struct Run {
    RootId root;
    std::size_t count;
    friend bool operator==(const Run&, const Run&) = default;
  };

  Roots() = default;
  explicit Roots(const std::vector<RootId>& each) {
    for (const RootId root : each) Append(root, 1);
  }

  void Append(RootId root, std::size_t count) {
    if (count == 0) return;
    if (!runs_.empty() && runs_.back().root == root)
      runs_.back().count += count;
    else
      runs_.push_back({root, count});
  }

  bool empty() const { return runs_.empty(); }
  bool Has(RootId root) const;
  const std::vector<Run>& runs() const { return runs_; }
  std::vector<RootId> Each() const;
  // Of each element what `roots` and `others` have there, which is as many; either may be empty.
  static Roots Combined(const Roots& roots, const Roots& others);

  friend bool operator==(const Roots&, const Roots&) = default;

 private:
  std::vector<Run> runs_;  // neighbours differ
};

}  // namespace foldproof::prove
