// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/exec/tensor.h"

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

// A value of a constant subgraph.
struct ConstantValue {
  exec::Tensor value;  // what PyTorch computes; its dtype too, where the declared one is stale
  std::vector<double> ideal;  // the same elements in float64; equal to `value` where it is integers
  // One an element; empty where none depends on how a square root rounds. Otherwise `lower` and
  // `upper` are the bytes of `value` where every root is one float32 step lower or higher.
  std::vector<RootId> roots{};
  std::vector<std::byte> lower{};
  std::vector<std::byte> upper{};
};

// Thrown within the evaluation of constants, and caught there: why a node is not evaluated.
struct NotEvaluated {
  std::string why;
};

}  // namespace foldproof::prove
