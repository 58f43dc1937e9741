// SPDX-License-Identifier: BSD-3-Clause
//
// What a run of one program is fed to show a witness, and what is read of its results.
#pragma once

#include <optional>

#include "harness/exec/executor.h"
#include "harness/prove/witness/feed_point.h"
#include "harness/prove/witness/witness_input.h"

namespace foldproof::prove {

// The witness' tensor for the user input that it is for, zeros for the others. Throws Error(kInput)
// where an input has no static shape.
exec::Tensor InputOf(const Side& side, ir::ValueId user, std::size_t index,
                     const WitnessInput& input);

// The feeds of `side` (before or after), whose tensor at the feed point is `cut`. `whole`: the user
// inputs are fed besides a cut, so that all of the program can be run.
exec::Tensors FeedsOf(const Side& side, ir::ValueId cut, bool codes, const ConvSide& conv,
                      const WitnessInput& input, bool whole);

// Element `index` of `tensor`, row-major; nullopt where there is none, or it is no number.
std::optional<double> ElementOf(const exec::Tensor& tensor, std::int64_t index);

}  // namespace foldproof::prove
