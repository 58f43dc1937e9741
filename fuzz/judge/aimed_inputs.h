// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "harness/exec/tensor.h"
#include "src/ir/program.h"

namespace foldproof::fuzz {

// How the elements of an input are drawn.
enum class Aim : std::uint8_t {
  kRandom,    // of the range of the quantizer that reads it
  kExtremes,  // its ends and 0
  kOneHot,    // one element at the upper end, the others 0
  kChannels,  // one number a channel
  kRamp,      // each element another, in order
  kSpecial,   // random with a NaN and an infinity among them
};
inline constexpr std::size_t kAims = 6;

// One tensor for each of the program's inputs, in order; the same for one program and key. What
// quantizes them is read from the program.
std::vector<exec::Tensor> AimedInputs(const ir::Program& program, Aim aim, std::uint64_t key);

}  // namespace foldproof::fuzz
