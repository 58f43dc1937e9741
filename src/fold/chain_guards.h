// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "src/fold/conv_bn_chain.h"
#include "src/fold/quantized_conv.h"

namespace foldproof::fold {

// A matched chain and what is known about it, while it is decided whether the fold would be right.
struct Candidate {
  const ir::Program* program;
  ConvBnChain chain;
  ChainChannels channels;
  QuantizedBias bias;
};

// One precondition of the fold, by a name of its own. `check` tells why it does not hold.
struct Guard {
  std::string_view name;
  std::optional<ir::Miss> (*check)(const Candidate& candidate);
};

// All of them, in the order in which they are asked (docs/fold.md, "Guards", has the reasons).
std::span<const Guard> Guards();

// Why the first of `guards` that does not hold does not.
std::optional<ir::Miss> FirstFailure(const Candidate& candidate, std::span<const Guard> guards);

}  // namespace foldproof::fold
