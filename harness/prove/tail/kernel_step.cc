// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/kernel_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "src/base/checked.h"

namespace foldproof::prove {

namespace {

using Code = TailInstruction::Code;

constexpr double kUnit = 0x1p-24;  // half a float32 step, relative

std::int32_t Wrapped(std::int64_t sum) {
  return static_cast<std::int32_t>(static_cast<std::uint64_t>(sum));
}

}  // namespace

std::int64_t UnclampedKernelCode(const Tail& tail, const TailInstruction& op, std::size_t channel,
                                 std::int64_t accumulator) {
  const KernelConstants& constants = tail.kernels[op.kernel];
  const KernelChannel& own = constants.channels[channel];
  const std::int64_t code = own.requantizer(Wrapped(accumulator + own.bias)) + op.params.zero_point;
  return std::min(std::max(code, constants.low), constants.high);
}

bool KernelWraps(const Tail& tail, const TailInstruction& op, std::size_t channel, std::int64_t low,
                 std::int64_t high) {
  const std::int64_t bias = tail.kernels[op.kernel].channels[channel].bias;
  return !FitsInt32(low + bias) || !FitsInt32(high + bias);
}

std::string KernelUnsettled(const Tail& tail, std::size_t channel, std::int64_t low,
                            std::int64_t high) {
  for (const TailInstruction& op : tail.instructions) {
    if (op.code != Code::kRequantize) continue;
    const KernelChannel& own = tail.kernels[op.kernel].channels[channel];
    std::int64_t from = std::numeric_limits<std::int32_t>::min();
    std::int64_t to = std::numeric_limits<std::int32_t>::max();
    if (!KernelWraps(tail, op, channel, low, high)) {
      from = low + own.bias;
      to = high + own.bias;
    }
    for (const std::int64_t sum : {from, to}) {
      if (!own.requantizer.IsDefined(static_cast<std::int32_t>(sum))) {
        return fmt::format("the kernel's result is not defined for a sum of {} times {:g}", sum,
                           own.requantizer.multiplier());
      }
    }
  }
  return {};
}

double KernelDeviation(const Tail& tail, const TailInstruction& op, std::size_t channel,
                       double largest) {
  const KernelChannel& own = tail.kernels[op.kernel].channels[channel];
  const double scale = op.params.scale;
  const double single = static_cast<double>(static_cast<float>(scale));
  // A multiplier below 2^-31 loses bits, and the product is below one code.
  const double lost = own.step / scale < 0x1p-31 ? 1 : 0x1p-31;
  const double relative = lost + std::abs(scale / single - 1);
  const double bound = std::max(std::abs(op.low.value_or(0)), std::abs(op.high.value_or(0)));
  return (largest + own.bias_error) / scale * relative + own.bias_error / scale +
         own.requantizer.first_rounding() + 3 * kUnit * bound / scale;
}

}  // namespace foldproof::prove
