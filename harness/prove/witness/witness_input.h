// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/exec/tensor.h"
#include "harness/prove/sites/site_match.h"
#include "harness/prove/verdict/verdict.h"

namespace foldproof::prove {

// A witness as a tensor that can be fed.
struct WitnessInput {
  Witness::Level level = Witness::Level::kSite;
  ir::ValueId fed;  // an input of the before-program, or the dequantized value before its conv
  std::size_t user_input = 0;  // level program: which of the program's inputs
  exec::Tensor tensor;
};

struct WitnessInputOrReason {
  std::optional<WitnessInput> input;
  std::string reason;
  bool without_sizes = false;  // for no other reason than that a size is a symbol
};

// The program's own input where the conv reads it through a quantize (and moves) alone, else the
// value of the dequantize that the conv reads. Every element that no tap reads is the code of zero.
WitnessInputOrReason MakeWitnessInput(const Side& before, const MatchedSite& site,
                                      const Witness& witness);

}  // namespace foldproof::prove
