// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/eigen/convolution.h"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <utility>

#include "harness/exec/eigen/window.h"
#include "src/base/refuse.h"

namespace foldproof::exec::real {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMatrix = Eigen::Map<const RowMajor>;
using StridedMatrix = Eigen::Map<RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;
using ConstStridedMatrix = Eigen::Map<const RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;

// Elements of the unfolded input that are held at a time.
constexpr std::int64_t kMostUnfolded = std::int64_t{1} << 21;

// "same" splits dilation * (taps - 1) in two, the larger part behind.
WindowAxis SameAxis(WindowAxis axis) {
  axis.padding = 0;
  axis.in += axis.dilation * (axis.taps - 1);  // padded on both sides together
  axis = MakeWindowAxis(axis, false);
  const std::int64_t total = axis.dilation * (axis.taps - 1);
  axis.in -= total;
  axis.padding = total / 2;
  return axis;
}

// A transposed convolution's window slides over its output and makes its input:
// out = (in - 1) * stride - 2 padding + dilation (taps - 1) + output_padding + 1.
WindowAxis TransposedAxis(WindowAxis axis, std::int64_t output_padding) {
  const std::int64_t in = axis.in;
  if (in < 1 || output_padding >= std::max(axis.stride, axis.dilation)) {
    Refuse("takes an input, and an output_padding below its stride or its dilation");
  }
  axis.in = (in - 1) * axis.stride - 2 * axis.padding + axis.dilation * (axis.taps - 1) +
            output_padding + 1;
  if (axis.in < 1) Refuse(fmt::format("makes a dimension of {}", axis.in));
  axis = MakeWindowAxis(axis, false);
  axis.out = in;
  return axis;
}

// Every number is below 2^31 (ir::DecodeOp, CheckedCount), so no product of two overflows.
WindowAxis AxisOf(const ir::Convolution& op, std::size_t d, std::int64_t in, std::int64_t taps) {
  const WindowAxis axis{in, taps, op.stride[d], op.padding[d], op.dilation[d], 1};
  if (op.transposed) return TransposedAxis(axis, op.output_padding[d]);
  if (op.padding_mode == ir::Convolution::Padding::kSame) return SameAxis(axis);
  return MakeWindowAxis(axis, false);
}

// One image's channels of one group, and the matrices of the product.
struct Group {
  const Window& window;
  std::int64_t inputs;   // channels of the input
  std::int64_t outputs;  // and of the output
};

// out [outputs, P] = weight [outputs, inputs * taps] * unfolded x [inputs * taps, P], a few of the
// P positions at a time.
void ConvolveGroup(const Group& group, const double* x, const double* weight, double* out) {
  const std::int64_t taps = group.window.taps(), positions = group.window.out();
  const std::int64_t rows = group.inputs * taps;
  const std::int64_t most =
      std::max<std::int64_t>(1, kMostUnfolded / std::max<std::int64_t>(rows, 1));
  RowMajor unfolded;
  for (std::int64_t begin = 0; begin < positions; begin += most) {
    const std::int64_t columns = std::min(most, positions - begin);
    unfolded.setZero(rows, columns);
    for (std::int64_t row = 0; row < rows; ++row) {
      const double* channel = x + row / taps * group.window.in();
      double* line = unfolded.data() + row * columns - begin;
      group.window.ForEachInside(
          row % taps, begin, begin + columns,
          [&](std::int64_t output, std::int64_t input) { line[output] = channel[input]; });
    }
    StridedMatrix(out + begin, group.outputs, columns, Eigen::OuterStride<>(positions)).noalias() =
        ConstMatrix(weight, group.outputs, rows) * unfolded;
  }
}

// The other way: weight^T [outputs * taps, inputs] * x [inputs, P], each element added where the
// window puts it in out.
void TransposeGroup(const Group& group, const double* x, const double* weight, double* out) {
  const std::int64_t taps = group.window.taps(), positions = group.window.out();
  const std::int64_t rows = group.outputs * taps;
  const std::int64_t most =
      std::max<std::int64_t>(1, kMostUnfolded / std::max<std::int64_t>(rows, 1));
  for (std::int64_t begin = 0; begin < positions; begin += most) {
    const std::int64_t columns = std::min(most, positions - begin);
    const RowMajor unfolded =
        ConstMatrix(weight, group.inputs, rows).transpose() *
        ConstStridedMatrix(x + begin, group.inputs, columns, Eigen::OuterStride<>(positions));
    for (std::int64_t row = 0; row < rows; ++row) {
      double* channel = out + row / taps * group.window.in();
      const double* line = unfolded.data() + row * columns - begin;
      group.window.ForEachInside(
          row % taps, begin, begin + columns,
          [&](std::int64_t output, std::int64_t input) { channel[input] += line[output]; });
    }
  }
}

// What a convolution's shapes say. Channels are those of all groups.
struct Shapes {
  Window window;
  std::int64_t images = 1;
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
  Sizes out;
};

Shapes ShapesOf(const ir::Convolution& op, const RealTensor& input, const RealTensor& weight) {
  const std::size_t spatial = op.spatial();
  const bool is_batched = input.sizes.size() == spatial + 2;
  if (spatial < 1 || spatial > 3 || weight.sizes.size() != spatial + 2 ||
      (!is_batched && input.sizes.size() != spatial + 1)) {
    Refuse("takes a weight of 1 to 3 dimensions of space, and an input of as many");
  }
  Shapes shapes;
  if (is_batched) shapes.images = input.sizes.front();
  shapes.inputs = input.sizes[is_batched ? 1 : 0];
  const std::int64_t of_group = weight.sizes[1];
  shapes.outputs = op.transposed ? of_group * op.groups : weight.sizes[0];
  const std::int64_t wanted = op.transposed ? weight.sizes[0] : of_group * op.groups;
  if (shapes.inputs != wanted || shapes.inputs % op.groups != 0 ||
      shapes.outputs % op.groups != 0) {
    Refuse(fmt::format("takes {} input channels in {} groups, not {}", wanted, op.groups,
                       shapes.inputs));
  }
  std::vector<WindowAxis> axes;
  if (is_batched) shapes.out.push_back(shapes.images);
  shapes.out.push_back(shapes.outputs);
  for (std::size_t d = 0; d < spatial; ++d) {
    const std::int64_t in = input.sizes[input.sizes.size() - spatial + d];
    axes.push_back(AxisOf(op, d, in, weight.sizes[2 + d]));
    shapes.out.push_back(op.transposed ? axes.back().in : axes.back().out);
  }
  shapes.window = MakeWindow(axes);
  return shapes;
}

void AddBias(const RealTensor& bias, const Shapes& shapes, RealTensor& out) {
  if (static_cast<std::int64_t>(bias.elements.size()) != shapes.outputs) {
    Refuse(fmt::format("takes a bias of {} numbers, not {}", shapes.outputs, bias.elements.size()));
  }
  if (out.elements.empty()) return;
  const std::size_t plane =
      out.elements.size() / static_cast<std::size_t>(shapes.images * shapes.outputs);
  for (std::size_t i = 0; i < out.elements.size(); ++i) {
    out.elements[i] += bias.elements[i / plane % bias.elements.size()];
  }
}

}  // namespace

RealTensor Convolved(const ir::Convolution& op, const RealTensor& input, const RealTensor& weight,
                     const std::optional<RealTensor>& bias) {
  const Shapes shapes = ShapesOf(op, input, weight);
  RealTensor out{shapes.out, {}};
  out.elements.assign(static_cast<std::size_t>(CheckedCount(out.sizes)), 0.0);
  const Group group{shapes.window, shapes.inputs / op.groups, shapes.outputs / op.groups};
  // The window slides over the input, or over a transposed one's output.
  const std::int64_t outside = shapes.window.in(), positions = shapes.window.out();
  const std::int64_t in_step = group.inputs * (op.transposed ? positions : outside);
  const std::int64_t out_step = group.outputs * (op.transposed ? outside : positions);
  const std::int64_t weight_step = group.inputs * group.outputs * shapes.window.taps();
  for (std::int64_t i = 0; i < shapes.images * op.groups; ++i) {
    const double* of_group = weight.elements.data() + i % op.groups * weight_step;
    (op.transposed ? TransposeGroup : ConvolveGroup)(group, input.elements.data() + i * in_step,
                                                     of_group, out.elements.data() + i * out_step);
  }
  if (bias) AddBias(*bias, shapes, out);
  return out;
}

}  // namespace foldproof::exec::real
