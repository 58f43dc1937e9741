// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/exec/tensor.h"
#include "harness/prove/constants/not_evaluated.h"
#include "harness/prove/constants/roots.h"

namespace foldproof::prove {

// A value of a constant subgraph.
struct ConstantValue {
  exec::Tensor value;  // what PyTorch computes; its dtype too, where the declared one is stale
  // The same elements in float64 where those are others: of integers, codes and stored constants
  // they are the numbers in `value`, and this is empty.
  std::vector<double> own_ideal{};
  // Which root each element depends on; empty where none depends on how a square root rounds.
  // Otherwise `lower` and `upper` are the bytes of `value` where every root is one float32 step
  // lower or higher.
  Roots roots{};
  std::vector<std::byte> lower{};
  std::vector<std::byte> upper{};

  std::vector<double> Ideal() const;  // one an element
  // Those from element `from` on, as many as fit into `out`.
  void ReadIdeal(std::size_t from, std::span<double> out) const;
  std::size_t size_in_bytes() const {
    return value.bytes.size() + lower.size() + upper.size() + own_ideal.size() * sizeof(double) +
           roots.runs().size() * sizeof(Roots::Run);
  }
};

}  // namespace foldproof::prove
