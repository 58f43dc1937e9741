// SPDX-License-Identifier: BSD-3-Clause
//
// Which codes a quantizer can give, from what is known of those who make its input (docs/proof.md,
// "Codes that can occur").
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "harness/exec/plan/functional_view.h"
#include "src/ir/op.h"

namespace foldproof::prove {

// Codes from low to high.
struct CodeRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// Whether the program's inputs may be NaN.
enum class Inputs { kAny, kNumbers };

// The codes that `op`, a live node of `view`, gives for any input of the program: all between
// quant_min and quant_max, unless relu, clamp, another quantizer, a function with a known range, or
// a move or pooling of one of these makes its input. Where NaN can come in, code 0, which it
// becomes, is one of them even outside of quant_min and quant_max; then what lies between 0 and the
// codes of numbers is no code of an input.
CodeRange CodesOf(const exec::FunctionalView& view, const ir::Node& quantize,
                  const ir::QuantizePerTensor& op, Inputs inputs);

// Float32 numbers from low to high, and NaN or not.
struct FloatRange {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  bool nan = true;

  void Cover(const FloatRange& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
    nan |= other.nan;
  }
};

// The same of a live float32 value, whose numbers may be anything where nothing is known.
FloatRange NumbersOf(const exec::FunctionalView& view, ir::ValueId value, Inputs inputs);

}  // namespace foldproof::prove
