// SPDX-License-Identifier: BSD-3-Clause
//
// One step of a tail that is an integer kernel's requantization (docs/proof.md, "Kernel
// semantics").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

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
