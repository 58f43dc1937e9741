// SPDX-License-Identifier: BSD-3-Clause
//
// Where the taps of an output channel lie in a conv's weight.
#pragma once

#include <cstddef>

#include "harness/prove/conv/conv_side.h"

namespace foldproof::prove {

// Calls visit(tap, place in the weight) for each tap of `channel`.
template <typename Visit>
void ForEachTap(const ConvSide& side, std::size_t channel, Visit visit) {
  if (!side.op.transposed) {  // [O][I / groups][kernel]
    const std::size_t from = channel * side.taps;
    for (std::size_t t = 0; t < side.taps; ++t) visit(t, from + t);
    return;
  }
  // [I][O / groups][kernel]
  const std::size_t outputs = side.channels / static_cast<std::size_t>(side.op.groups);
  const std::size_t inputs = side.taps / side.kernel;
  const std::size_t first = channel / outputs * inputs;
  for (std::size_t i = 0; i < inputs; ++i) {
    const std::size_t from = ((first + i) * outputs + channel % outputs) * side.kernel;
    for (std::size_t k = 0; k < side.kernel; ++k) visit(i * side.kernel + k, from + k);
  }
}

// Which output channel the element `index` of a weight belongs to.
inline std::size_t ChannelOfWeight(const ConvSide& side, std::size_t index) {
  if (!side.op.transposed) return index / side.taps;
  const std::size_t outputs = side.channels / static_cast<std::size_t>(side.op.groups);
  const std::size_t inputs = side.taps / side.kernel;
  return index / (outputs * side.kernel) / inputs * outputs + index / side.kernel % outputs;
}

// Which tap of its channel the element `index` of a weight is.
inline std::size_t TapOfWeight(const ConvSide& side, std::size_t index) {
  if (!side.op.transposed) return index % side.taps;
  const std::size_t outputs = side.channels / static_cast<std::size_t>(side.op.groups);
  const std::size_t inputs = side.taps / side.kernel;
  return index / (outputs * side.kernel) % inputs * side.kernel + index % side.kernel;
}

}  // namespace foldproof::prove
