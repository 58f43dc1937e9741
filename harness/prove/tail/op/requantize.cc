// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/tail/op/requantize.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/prove/constants/function_models.h"
#include "harness/prove/tail/op/cell_models.h"
#include "harness/prove/tail/op/deviations.h"
#include "harness/prove/tail/op/ideal_block.h"
#include "harness/prove/tail/op/monotone.h"
#include "harness/prove/tail/op/node_reader.h"
#include "harness/prove/tail/op/point_block.h"
#include "src/base/checked.h"

namespace foldproof::prove::tail_op {
namespace {

std::int32_t Wrapped(std::int64_t sum) {
  return static_cast<std::int32_t>(static_cast<std::uint64_t>(sum));
}

}  // namespace

// PutKernel makes it of a quantizer; no node of a program is one.
std::optional<Requantize> Requantize::Build(NodeReader&) { return std::nullopt; }

std::int64_t Requantize::UnclampedCode(std::size_t channel, std::int64_t accumulator) const {
  const KernelChannel& own = kernel.channels[channel];
  const std::int64_t code = own.requantizer(Wrapped(accumulator + own.bias)) + params.zero_point;
  return std::min(std::max(code, kernel.low), kernel.high);
}

bool Requantize::Wraps(std::size_t channel, std::int64_t low_sum, std::int64_t high_sum) const {
  const std::int64_t bias = kernel.channels[channel].bias;
  return !FitsInt32(low_sum + bias) || !FitsInt32(high_sum + bias);
}

std::string Requantize::WhyUnsettled(std::size_t channel, std::int64_t from,
                                     std::int64_t to) const {
  const KernelChannel& own = kernel.channels[channel];
  std::int64_t least = std::numeric_limits<std::int32_t>::min();
  std::int64_t most = std::numeric_limits<std::int32_t>::max();
  if (!Wraps(channel, from, to)) {
    least = from + own.bias;
    most = to + own.bias;
  }
  for (const std::int64_t sum : {least, most}) {
    if (!own.requantizer.IsDefined(static_cast<std::int32_t>(sum))) {
      return fmt::format("the kernel's result is not defined for a sum of {} times {:g}", sum,
                         own.requantizer.multiplier());
    }
  }
  return {};
}

void Requantize::Evaluate(PointBlock& block) const {
  const auto out = block.low();
  const auto flags = block.flags();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t code = UnclampedCode(block.channel(), block.accumulators()[i]);
    const std::int64_t kept = std::clamp(code, params.quant_min, params.quant_max);
    out[i] = static_cast<float>(kept);
    flags[i] = kept == code ? 0 : RegisterBlock::kClipped;
  }
}

// As of any quantizer: a search never needs to look behind one.
std::optional<int> Requantize::Direction(const Directions&) const { return std::nullopt; }

LinearForm Requantize::Line(const Lines& known) const { return known.At(input); }

void Requantize::Ideal(const IdealBlock& known, std::span<double> out) const {
  ForEachIdeal(out, known.Read(input), [this](double x) {
    const double raised = low && x < *low ? *low : x;
    return high && raised > *high ? *high : raised;
  });
}

std::optional<TaylorModel> Requantize::Model(const CellModels& known) const {
  if (known.is_float()) return std::nullopt;  // it steps
  return ClampModel(known.At(input), low, high);
}

int Requantize::Degree(const Degrees& known) const { return OfLinesAlone(known.At(input)); }

Kinks Requantize::FindKinks() const {
  Kinks out;
  if (low) out.levels.push_back(*low);
  if (high) out.levels.push_back(*high);
  out.number = [reg = input](const IdealBlock& at, std::size_t i) { return at.Read(reg)[i]; };
  return out;
}

double Requantize::Deviation(const Deviations& known, std::uint32_t) const {
  return DeviationBeforeRounding(known) + known.RoundToCode(params.scale);
}

// e + s * d, where d codes lie between the kernel's product and the ideal one (docs/proof.md, eq.
// 24).
double Requantize::DeviationBeforeRounding(const Deviations& known) const {
  if (!known.rounding()) return known.start();
  const KernelChannel& own = kernel.channels[known.channel()];
  const double scale = params.scale;
  const double single = static_cast<double>(static_cast<float>(scale));
  // A multiplier below 2^-31 loses bits, and the product is below one code.
  const double lost = own.step / scale < 0x1p-31 ? 1 : 0x1p-31;
  const double relative = lost + std::abs(scale / single - 1);
  const double bound = std::max(std::abs(low.value_or(0)), std::abs(high.value_or(0)));
  const double codes = (known.SizeOf(input) + own.bias_error) / scale * relative +
                       own.bias_error / scale + own.requantizer.first_rounding() +
                       3 * kFloatUnit * bound / scale;
  return known.start() + scale * codes;
}

// A requantization never falls (docs/proof.md, "Kernel semantics"), unless its sum wraps.
std::optional<prove::Direction> Requantize::OwnDirection(std::size_t channel, std::int64_t from,
                                                         std::int64_t to) const {
  if (Wraps(channel, from, to)) return prove::Direction{0, "the kernel's int32 sum wraps"};
  return prove::Direction{1, {}};
}

// Of the accumulator itself, which is no interval.
void Requantize::ExtendedCodes(const PointBlock& block, IntervalEnd, std::span<float> codes) const {
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::int64_t code = UnclampedCode(block.channel(), block.accumulators()[i]);
    codes[i] = static_cast<float>(std::clamp(code, params.quant_min - 1, params.quant_max + 1));
  }
}

}  // namespace foldproof::prove::tail_op
