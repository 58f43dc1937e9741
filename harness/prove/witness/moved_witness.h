// SPDX-License-Identifier: BSD-3-Clause
//
// A witness of elements that were moved: not the taps of one window but a whole tensor. In Witness
// `taps` holds x_q - z_x of every element of the tensor that is fed, `kernel_positions` is empty,
// and `output_position` is the output of the program and, row-major, its element that differs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

inline Witness MovedWitness(std::vector<std::int64_t> shifted_codes) {
  Witness out;
  out.taps = std::move(shifted_codes);
  out.output_position = {0, 0};
  return out;
}

inline bool ShowsMoved(const Witness& witness) {
  return witness.kernel_positions.empty() && !witness.taps.empty();
}

inline std::size_t OutputOfMoved(const Witness& witness) {
  return static_cast<std::size_t>(witness.output_position.at(0));
}
inline std::int64_t ElementOfMoved(const Witness& witness) { return witness.output_position.at(1); }

}  // namespace foldproof::prove
