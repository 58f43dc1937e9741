// SPDX-License-Identifier: BSD-3-Clause
//
// What a right fold may move a sum by where it rounds weights anew (docs/proof.md, eq. 30).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "harness/prove/conv/conv_side.h"

namespace foldproof::prove {

// What one code of the channel's weight is worth in the units of a sum.
double CodeStepOf(const ConvSide& side, std::size_t channel);

// What a right fold may round its weights, which are `weights`, by over all inputs. A code that is
// the same under the same scale was rounded by what `ratio`, before's slope over after's, makes of
// it; `was` are before's weights.
double WeightError(const ConvSide& before, const ConvSide& side, std::size_t channel,
                   std::span<const std::int32_t> was, std::span<const std::int32_t> weights,
                   std::optional<double> ratio);

// What before's own codes are off the numbers that its program rounds to them, over all inputs,
// where after's are others: a right fold may round those numbers. `was` are before's weights, `is`
// after's.
double CodeError(const ConvSide& before, const ConvSide& after, std::size_t channel,
                 std::span<const std::int32_t> was, std::span<const std::int32_t> is);

}  // namespace foldproof::prove
