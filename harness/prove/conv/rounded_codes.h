// SPDX-License-Identifier: BSD-3-Clause
//
// Weights that the program itself rounds to codes.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/prove/conv/conv_reader.h"

namespace foldproof::prove {

// Puts ConvSide::weight_roots and the codes that another root changes, of a side whose shape has
// been read; `codes` are those of its weight.
void ReadRoots(const ConstantValue& codes, ConvSide& side);

// ConvSide::weight_remainders, of a side whose codes, scales and zero points have been read.
std::vector<std::uint8_t> RemaindersOfCodes(const ConvReader& reader, const ConvSide& side);

}  // namespace foldproof::prove
