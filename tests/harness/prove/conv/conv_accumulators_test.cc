// SPDX-License-Identifier: BSD-3-Clause
//
// Sums of convolutions of every kind, against the definition written out as one loop over all pairs
// of an input and an output position.
#include "harness/prove/conv/conv_accumulators.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "tests/harness/prove/constant_program.h"

namespace foldproof::prove {
namespace {

using Numbers = std::vector<std::int64_t>;

struct Shape {
  const char* name;
  std::int64_t batch, inputs, outputs, groups;
  Numbers in, kernel, stride, padding, dilation, output_padding;
  bool transposed = false;
  bool same = false;
};

std::int64_t Product(const Numbers& list) {
  return std::accumulate(list.begin(), list.end(), std::int64_t{1}, std::multiplies<>());
}

// The index of every dimension, row-major.
Numbers Unravel(std::int64_t index, const Numbers& sizes) {
  Numbers out(sizes.size());
  for (std::size_t d = sizes.size(); d-- > 0;) {
    out[d] = index % sizes[d];
    index /= sizes[d];
  }
  return out;
}

class Conv {
 public:
  Conv(const Shape& s, TapRange range, std::uint32_t seed) : shape_(s) {
    std::mt19937 random(seed);
    const std::int64_t count = s.outputs * (s.inputs / s.groups) * Product(s.kernel);
    std::uniform_int_distribution<int> code(-128, 127);
    for (std::int64_t i = 0; i < count; ++i) {
      codes_.push_back(static_cast<std::int8_t>(code(random)));
    }
    std::uniform_int_distribution<std::int64_t> x(range.low, range.high);
    for (std::int64_t i = 0; i < s.batch * s.inputs * Product(s.in); ++i) {
      x_.push_back(static_cast<std::int32_t>(x(random)));
    }
    FillSide(range);
  }

  void CheckAgainstTheDefinition(bool batched) const {
    Numbers sizes;
    if (batched) sizes.push_back(shape_.batch);
    sizes.push_back(shape_.inputs);
    for (const std::int64_t size : shape_.in) sizes.push_back(size);
    const ConvAccumulators accumulators(program_.graph, side_, sizes);
    for (std::int64_t c = 0; c < shape_.outputs; ++c) {
      EXPECT_EQ(accumulators.Of(static_cast<std::size_t>(c), x_), Defined(c)) << shape_.name;
    }
  }

  const ir::Graph& graph() const { return program_.graph; }
  const ConvSide& side() const { return side_; }

 private:
  void FillSide(TapRange range) {
    ConstantProgram nodes;
    Numbers dims = shape_.transposed ? Numbers{shape_.inputs, shape_.outputs / shape_.groups}
                                     : Numbers{shape_.outputs, shape_.inputs / shape_.groups};
    for (const std::int64_t size : shape_.kernel) dims.push_back(size);
    side_.op.weight = nodes.UserInput("w", ir::MakeTensorType(ir::ScalarType::kFloat32, dims));
    program_ = std::move(nodes.program());
    side_.op.stride = shape_.stride;
    side_.op.padding = shape_.padding;
    side_.op.dilation = shape_.dilation;
    side_.op.output_padding = shape_.output_padding;
    side_.op.groups = shape_.groups;
    side_.op.transposed = shape_.transposed;
    if (shape_.same) side_.op.padding_mode = ir::Convolution::Padding::kSame;
    side_.input_range = range;
    side_.channels = static_cast<std::size_t>(shape_.outputs);
    side_.kernel = static_cast<std::size_t>(Product(shape_.kernel));
    side_.taps = static_cast<std::size_t>(shape_.inputs / shape_.groups) * side_.kernel;
    side_.weight_zero_points.assign(side_.channels, 3);
    side_.weights.bytes = std::as_bytes(std::span(codes_));
  }

  Numbers Sizes() const {
    Numbers out;
    for (std::size_t d = 0; d < shape_.in.size(); ++d) {
      const std::int64_t span = shape_.dilation[d] * (shape_.kernel[d] - 1);
      const std::int64_t both = shape_.same ? span : 2 * shape_.padding[d];
      out.push_back(shape_.transposed ? (shape_.in[d] - 1) * shape_.stride[d] - both + span +
                                            shape_.output_padding[d] + 1
                                      : (shape_.in[d] + both - span - 1) / shape_.stride[d] + 1);
    }
    return out;
  }

  bool Meets(const Numbers& o, const Numbers& k, const Numbers& i) const {
    for (std::size_t d = 0; d < o.size(); ++d) {
      const std::int64_t padding =
          shape_.same ? shape_.dilation[d] * (shape_.kernel[d] - 1) / 2 : shape_.padding[d];
      const std::int64_t tap = k[d] * shape_.dilation[d] - padding;
      const bool meets = shape_.transposed ? i[d] * shape_.stride[d] + tap == o[d]
                                           : o[d] * shape_.stride[d] + tap == i[d];
      if (!meets) return false;
    }
    return true;
  }

  std::int64_t WeightAt(std::int64_t c, std::int64_t input, std::int64_t k) const {
    const std::int64_t kernel = Product(shape_.kernel);
    const std::int64_t per_group = shape_.inputs / shape_.groups;
    const std::int64_t outputs = shape_.outputs / shape_.groups;
    const std::int64_t at = shape_.transposed ? (input * outputs + c % outputs) * kernel + k
                                              : (c * per_group + input % per_group) * kernel + k;
    return codes_[static_cast<std::size_t>(at)] - 3;
  }

  Numbers Defined(std::int64_t c) const {
    const Numbers sizes = Sizes();
    const std::int64_t per_group = shape_.inputs / shape_.groups;
    const std::int64_t first = c / (shape_.outputs / shape_.groups) * per_group;
    Numbers out;
    for (std::int64_t b = 0; b < shape_.batch; ++b) {
      for (std::int64_t o = 0; o < Product(sizes); ++o) {
        std::int64_t sum = 0;
        for (std::int64_t input = first; input < first + per_group; ++input) {
          for (std::int64_t i = 0; i < Product(shape_.in); ++i) {
            for (std::int64_t k = 0; k < Product(shape_.kernel); ++k) {
              if (!Meets(Unravel(o, sizes), Unravel(k, shape_.kernel), Unravel(i, shape_.in))) {
                continue;
              }
              const std::int64_t at = (b * shape_.inputs + input) * Product(shape_.in) + i;
              sum += WeightAt(c, input, k) * x_[static_cast<std::size_t>(at)];
            }
          }
        }
        out.push_back(sum);
      }
    }
    return out;
  }

  Shape shape_;
  std::vector<std::int8_t> codes_;
  std::vector<std::int32_t> x_;
  ir::Program program_;
  ConvSide side_;
};

const Shape kShapes[] = {
    {"conv1d", 2, 3, 4, 1, {9}, {3}, {1}, {1}, {1}, {0}},
    {"conv1d, strided and dilated", 1, 2, 2, 1, {12}, {3}, {2}, {2}, {2}, {0}},
    {"conv1d, padded further than the kernel", 1, 1, 2, 1, {3}, {2}, {3}, {4}, {1}, {0}},
    {"conv2d", 2, 3, 2, 1, {5, 4}, {3, 2}, {1, 1}, {1, 0}, {1, 1}, {0, 0}},
    {"conv2d, each dimension its own", 1, 2, 3, 1, {6, 7}, {2, 3}, {2, 3}, {0, 2}, {3, 1}, {0, 0}},
    {"conv2d, groups", 1, 4, 6, 2, {4, 4}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {0, 0}},
    {"depthwise", 1, 3, 3, 3, {5, 5}, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {0, 0}},
    {"same, an even kernel",
     1,
     2,
     2,
     1,
     {5, 6},
     {2, 4},
     {1, 1},
     {0, 0},
     {1, 1},
     {0, 0},
     false,
     true},
    {"conv3d", 1, 2, 2, 1, {3, 4, 3}, {2, 3, 2}, {1, 2, 1}, {1, 1, 0}, {1, 1, 2}, {0, 0, 0}},
    {"conv_transpose1d", 2, 2, 3, 1, {4}, {3}, {2}, {1}, {1}, {1}, true},
    {"conv_transpose1d, dilated", 1, 2, 2, 1, {4}, {3}, {3}, {3}, {2}, {2}, true},
    {"conv_transpose2d, groups", 1, 4, 6, 2, {3, 2}, {3, 2}, {2, 3}, {1, 0}, {1, 2}, {1, 0}, true},
};

TEST(ConvAccumulators, AreTheSumsOfTheDefinition) {
  std::uint32_t seed = 1;
  for (const Shape& shape : kShapes) {
    Conv(shape, {-128, 127}, seed++).CheckAgainstTheDefinition(true);
    // 16 bit inputs: sums that need not fit into 32 bits.
    Conv(shape, {-(1 << 20), 1 << 20}, seed++).CheckAgainstTheDefinition(true);
    if (shape.batch == 1) Conv(shape, {0, 255}, seed++).CheckAgainstTheDefinition(false);
  }
}

TEST(ConvAccumulators, AnInputOfAnotherShapeIsAnError) {
  const Conv conv(kShapes[0], {-128, 127}, 1);
  EXPECT_THROW(ConvAccumulators(conv.graph(), conv.side(), {2, 4, 9}), Error);
  EXPECT_THROW(ConvAccumulators(conv.graph(), conv.side(), {9}), Error);
  EXPECT_THROW(ConvAccumulators(conv.graph(), conv.side(), {1, 3, 0}), Error);
}

}  // namespace
}  // namespace foldproof::prove
