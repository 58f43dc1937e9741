// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "src/ir/graph.h"
#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// Real numbers from `low` to `high`.
struct RealRange {
  double low = 0;
  double high = 0;
};

// Per output channel of `conv`, a convolution or a linear, all that its sum of products of codes
// can be (in accumulator units, padding's zeros among them), for any input, and for any weight of
// its code range where the program computes that. nullopt where input or weight is not dequantized.
std::optional<std::vector<RealRange>> AccumulatorRanges(const ir::Program& program,
                                                        const ir::Node& conv);

// The same of the sum of products of the real numbers that input and weight stand for, in float32
// with its rounding where no codes can be summed: weights of floats, or whose scales lie along
// another dimension than the output channels. nullopt where the input is not dequantized per tensor
// or the weight is no constant.
std::optional<std::vector<RealRange>> ProductRanges(const ir::Program& program,
                                                    const ir::Node& conv);

// Why int32, in which hardware adds them, does not hold every accumulator of `conv` together with
// these bias codes: a miss that names `conv`.
std::optional<ir::Miss> SumsLeaveInt32(const ir::Program& program, const ir::Node& conv,
                                       std::span<const std::int32_t> bias_codes);

}  // namespace foldproof::fold
