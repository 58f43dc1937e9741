// SPDX-License-Identifier: BSD-3-Clause
//
// A tail whose first quantizers are an integer kernel's requantization (docs/proof.md, "Kernel
// semantics").
#pragma once

#include <string>

#include "harness/prove/pair_plan.h"

namespace foldproof::prove {

// Puts a kRequantize in place of every first quantizer of `side`, which the conv's value must reach
// through moves, relu and clamps alone, and which every frontier must lie behind. Returns why there
// is no such kernel, and leaves `side` as it was then; empty: done.
std::string PutKernel(const FunctionalView& view, exec::Kernel kernel, SiteSide& side);

// z + R(A + q_b - z_b) between the activation's bounds, not yet clamped to [quant_min, quant_max].
// The sum wraps at 32 bits.
std::int64_t UnclampedKernelCode(const Tail& tail, const TailInstruction& op, std::size_t channel,
                                 std::int64_t accumulator);

// Whether the sum leaves int32 for some accumulator of [low, high]: the code is not monotone then.
bool KernelWraps(const Tail& tail, const TailInstruction& op, std::size_t channel, std::int64_t low,
                 std::int64_t high);

// Why what kernels give is not settled for [low, high], over all kRequantize of the tail; empty: it
// is.
std::string KernelUnsettled(const Tail& tail, std::size_t channel, std::int64_t low,
                            std::int64_t high);

// How far what `op` rounds last is from the ideal, in codes: `largest` is of |v| (docs/proof.md,
// eq. 24).
double KernelDeviation(const Tail& tail, const TailInstruction& op, std::size_t channel,
                       double largest);

}  // namespace foldproof::prove
