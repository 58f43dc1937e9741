// SPDX-License-Identifier: BSD-3-Clause
//
// Weights that the program itself rounds to codes.
#pragma once

#include <cstdint>
#include <vector>

#include "harness/prove/conv/conv_reader.h"

namespace foldproof::prove {

// ConvSide::weight_roots, of a side whose codes, scales and zero points have been read.
std::vector<RootId> RootsByChannel(const ConvSide& side);

// ConvSide::weight_remainders of it.
std::vector<std::uint8_t> RemaindersOfCodes(const ConvReader& reader, const ConvSide& side);

}  // namespace foldproof::prove
