// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/integer/conv_geometry.h"

#include <string>

#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

constexpr std::int64_t kMostPadding = std::int64_t{1} << 32;

// "same": what is missing, halved; an odd rest goes to the end.
std::int64_t SamePadding(const ConvAxis& axis) { return axis.dilation * (axis.taps - 1) / 2; }

void CheckAxis(const ConvAxis& axis) {
  const bool fits = axis.in >= 0 && axis.taps > 0 && axis.stride > 0 && axis.dilation > 0 &&
                    axis.padding >= 0 && axis.in < kMostPadding && axis.taps < kMostPadding &&
                    axis.stride < kMostPadding && axis.dilation < kMostPadding &&
                    axis.padding < kMostPadding;
  if (!fits) Refuse("a size, stride, dilation or padding is out of its range");
}

ConvAxis PlainAxis(const ir::Convolution& op, std::size_t d, ConvAxis axis) {
  const std::int64_t reach = axis.dilation * (axis.taps - 1);
  const bool same = op.padding_mode == ir::Convolution::Padding::kSame;
  if (same) axis.padding = SamePadding(axis);
  const std::int64_t padded = axis.in + (same ? reach : 2 * axis.padding);
  axis.stride = op.stride[d];
  axis.out = padded < reach + 1 ? 0 : (padded - reach - 1) / axis.stride + 1;
  return axis;
}

// out = (in - 1) * stride - 2 padding + dilation * (taps - 1) + output_padding + 1: a plain one of
// stride 1 over the input spread out, its kernel turned round.
ConvAxis TransposedAxis(const ir::Convolution& op, std::size_t d, ConvAxis axis) {
  const std::int64_t reach = axis.dilation * (axis.taps - 1);
  const std::int64_t more = op.output_padding.empty() ? 0 : op.output_padding[d];
  axis.out = (axis.in - 1) * op.stride[d] - 2 * axis.padding + reach + more + 1;
  axis.spread = op.stride[d];
  axis.padding = reach - axis.padding;
  axis.stride = 1;
  return axis;
}

}  // namespace

ConvGeometry GeometryOf(const ir::Convolution& op, const std::vector<std::int64_t>& input,
                        const std::vector<std::int64_t>& weight) {
  const std::size_t dims = op.spatial();
  const bool batched = input.size() == dims + 2;
  if (dims < 1 || dims > 3 || (!batched && input.size() != dims + 1) || weight.size() != dims + 2) {
    Refuse("its operands have not the dimensions of a convolution");
  }
  ConvGeometry out;
  const std::size_t first = batched ? 1 : 0;
  out.batch = batched ? input[0] : 1;
  out.channels = input[first];
  out.groups = op.groups;
  out.outputs = op.transposed ? weight[1] * op.groups : weight[0];
  const std::int64_t read = op.transposed ? weight[0] : weight[1] * op.groups;
  if (op.groups < 1 || read != out.channels || out.outputs % op.groups != 0 || out.outputs < 1) {
    Refuse("its weight reads " + std::to_string(read) + " channels, but its input has " +
           std::to_string(out.channels));
  }
  if (batched) out.result.push_back(out.batch);
  out.result.push_back(out.outputs);
  for (std::size_t d = 0; d < dims; ++d) {
    ConvAxis axis;
    axis.in = input[first + 1 + d];
    axis.taps = weight[2 + d];
    axis.stride = op.stride[d];
    axis.dilation = op.dilation[d];
    axis.padding = op.padding[d];
    CheckAxis(axis);
    axis = op.transposed ? TransposedAxis(op, d, axis) : PlainAxis(op, d, axis);
    if (axis.out < 1) Refuse("its kernel is larger than its padded input");
    out.axes[3 - dims + d] = axis;
    out.result.push_back(axis.out);
  }
  return out;
}

std::size_t WeightIndex(const ConvGeometry& geometry, bool transposed, std::size_t output,
                        std::size_t tap) {
  if (!transposed) return output * geometry.taps() + tap;
  const std::size_t kernel = geometry.kernel();
  const auto groups = static_cast<std::size_t>(geometry.groups);
  const std::size_t outputs = static_cast<std::size_t>(geometry.outputs) / groups;
  const std::size_t inputs = static_cast<std::size_t>(geometry.channels) / groups;
  const std::size_t channel = output / outputs * inputs + tap / kernel;
  return (channel * outputs + output % outputs) * kernel + (kernel - 1 - tap % kernel);
}

}  // namespace foldproof::exec
