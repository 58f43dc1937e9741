// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/conv/conv_accumulators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/exec/quantized/quantize.h"
#include "harness/exec/shape/window_axis.h"

#include "src/base/error.h"

namespace foldproof::prove {
namespace {

// sums[j * out_step] += weight * x[j * in_step], j < count. The caller knows that nothing
// overflows.
FOLDPROOF_VECTOR_CLONES
void AddRow(std::int32_t* __restrict sums, const std::int32_t* __restrict x, std::int32_t weight,
            std::int64_t count, std::int64_t out_step, std::int64_t in_step) {
  if (out_step == 1 && in_step == 1) {
    for (std::int64_t j = 0; j < count; ++j) sums[j] += weight * x[j];
  } else {
    for (std::int64_t j = 0; j < count; ++j) sums[j * out_step] += weight * x[j * in_step];
  }
}

void AddRow(std::int64_t* __restrict sums, const std::int32_t* __restrict x, std::int32_t weight,
            std::int64_t count, std::int64_t out_step, std::int64_t in_step) {
  for (std::int64_t j = 0; j < count; ++j) {
    sums[j * out_step] += std::int64_t{weight} * x[j * in_step];
  }
}

}  // namespace

// A plain conv's output o reads input o * stride + k * dilation - padding; a transposed one's input
// i is read by output i * stride + k * dilation - padding.
ConvAccumulators::Axis ConvAccumulators::AxisOf(std::size_t d, std::int64_t in,
                                                std::int64_t taps) const {
  const ir::Convolution& op = side_.op;
  const std::int64_t span = op.dilation[d] * (taps - 1);
  const bool same = op.padding_mode == ir::Convolution::Padding::kSame;
  const std::int64_t padding = same ? span / 2 : op.padding[d];
  const std::int64_t both = same ? span : 2 * padding;
  Axis axis;
  axis.in = in;
  axis.out = op.transposed ? (in - 1) * op.stride[d] - both + span + op.output_padding[d] + 1
                           : (in + both - span - 1) / op.stride[d] + 1;
  const bool fits = op.transposed || in + both - span >= 1;
  if (in < 1 || axis.out < 1 || op.stride[d] < 1 || !fits) {
    throw Error(Error::Code::kInput, "", "the convolution's window does not fit its input");
  }
  (op.transposed ? axis.out_step : axis.in_step) = op.stride[d];
  exec::WindowAxis window{in, taps, op.stride[d], padding, op.dilation[d], axis.out};
  if (op.transposed) std::swap(window.in, window.out);
  axis.taps.clear();
  for (std::int64_t k = 0; k < taps; ++k) {
    const auto [begin, end] = window.OutputsInside(k);
    const std::int64_t read = begin < end ? window.PositionOf(begin, k) : 0;
    const std::int64_t count = std::max<std::int64_t>(end - begin, 0);
    axis.taps.push_back(op.transposed ? Row{read, begin, count} : Row{begin, read, count});
  }
  return axis;
}

ConvAccumulators::ConvAccumulators(const ir::Graph& graph, const ConvSide& side,
                                   const std::vector<std::int64_t>& sizes)
    : side_(side) {
  const std::size_t spatial = side.op.spatial();
  FP_CHECK(spatial <= 3);
  if (spatial == 0) {  // a linear: one row of inputs after the other
    channels_ = static_cast<std::int64_t>(side.taps);
    if (sizes.empty() || sizes.back() != channels_) {
      throw Error(Error::Code::kInput, "", "the linear's input has another shape");
    }
    for (std::size_t d = 0; d + 1 < sizes.size(); ++d) batch_ *= sizes[d];
    return;
  }
  const auto& weight = graph.value(side.op.weight).type;
  const std::int64_t inputs = static_cast<std::int64_t>(side.taps / side.kernel) * side.op.groups;
  const bool batched = sizes.size() == spatial + 2;
  if ((!batched && sizes.size() != spatial + 1) || sizes[batched ? 1 : 0] != inputs) {
    throw Error(Error::Code::kInput, "", "the convolution's input has another shape");
  }
  batch_ = batched ? sizes[0] : 1;
  channels_ = inputs;
  for (std::size_t d = 0; d < spatial; ++d) {
    axes_[3 - spatial + d] = AxisOf(d, sizes[sizes.size() - spatial + d], weight->dims[2 + d].size);
  }
}

template <typename Sum>
void ConvAccumulators::AddPlane(const Row& depth, const Row& height, const Row& width,
                                std::int32_t weight, const std::int32_t* x, Sum* sums) const {
  const auto& [z, y, c] = axes_;
  for (std::int64_t i = 0; i < depth.count; ++i) {
    const std::int64_t out_z = depth.out + i * z.out_step;
    const std::int64_t in_z = depth.in + i * z.in_step;
    for (std::int64_t j = 0; j < height.count; ++j) {
      const std::int64_t out = (out_z * y.out + height.out + j * y.out_step) * c.out + width.out;
      const std::int64_t in = (in_z * y.in + height.in + j * y.in_step) * c.in + width.in;
      AddRow(sums + out, x + in, weight, width.count, c.out_step, c.in_step);
    }
  }
}

template <typename Sum>
std::vector<std::int64_t> ConvAccumulators::Add(std::size_t channel,
                                                const std::vector<std::int32_t>& weights,
                                                std::span<const std::int32_t> x) const {
  const auto& [z, y, c] = axes_;
  const std::int64_t in_plane = z.in * y.in * c.in;
  const std::int64_t out_plane = z.out * y.out * c.out;
  const auto per_group = static_cast<std::int64_t>(side_.taps / side_.kernel);
  const auto outputs = side_.channels / static_cast<std::size_t>(side_.op.groups);
  const std::int64_t first = static_cast<std::int64_t>(channel / outputs) * per_group;
  std::vector<Sum> sums(static_cast<std::size_t>(batch_ * out_plane));
  for (std::int64_t b = 0; b < batch_; ++b) {
    std::size_t tap = 0;
    for (std::int64_t i = 0; i < per_group; ++i) {
      const std::int32_t* in = x.data() + (b * channels_ + first + i) * in_plane;
      for (const Row& depth : z.taps) {
        for (const Row& height : y.taps) {
          for (const Row& width : c.taps) {
            const std::int32_t weight = weights[tap++];
            if (weight != 0)
              AddPlane(depth, height, width, weight, in, sums.data() + b * out_plane);
          }
        }
      }
    }
  }
  return {sums.begin(), sums.end()};
}

std::vector<std::int64_t> ConvAccumulators::Of(std::size_t channel,
                                               std::span<const std::int32_t> x) const {
  const std::vector<std::int32_t> weights = side_.WeightsOf(channel);
  const std::int64_t largest =
      std::max(std::abs(side_.input_range.low), std::abs(side_.input_range.high));
  std::int64_t bound = 0;  // of any partial sum
  for (const std::int64_t w : weights) bound += std::abs(w) * largest;
  return bound <= std::numeric_limits<std::int32_t>::max() ? Add<std::int32_t>(channel, weights, x)
                                                           : Add<std::int64_t>(channel, weights, x);
}

}  // namespace foldproof::prove
