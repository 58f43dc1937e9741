// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "harness/prove/conv/conv_side.h"

namespace foldproof::prove {

// A = sum (x_q - z_x) * (w_q - z_w) of every output element of one convolution on one input,
// exactly.
class ConvAccumulators {
 public:
  // `side` outlives this; `sizes` are those of the conv's input: batch (where it has one),
  // channels, space. Throws Error(kInput) with an empty place where they do not fit the
  // convolution.
  ConvAccumulators(const ir::Graph& graph, const ConvSide& side,
                   const std::vector<std::int64_t>& sizes);

  // The accumulators of one output channel: the batch, then the output positions, row-major. `x`
  // holds x_q - z_x, each inside ConvSide::input_range, in the order of the input's elements.
  std::vector<std::int64_t> Of(std::size_t channel, std::span<const std::int32_t> x) const;

 private:
  // Which outputs of one dimension read which inputs at one tap: output `out + j * out_step` reads
  // input `in + j * in_step`, j < count.
  struct Row {
    std::int64_t out = 0, in = 0, count = 0;
  };
  struct Axis {
    std::int64_t in = 1, out = 1;
    std::int64_t out_step = 1, in_step = 1;
    std::vector<Row> taps{{0, 0, 1}};
  };

  Axis AxisOf(std::size_t dimension, std::int64_t in, std::int64_t taps) const;
  template <typename Sum>
  std::vector<std::int64_t> Add(std::size_t channel, const std::vector<std::int32_t>& weights,
                                std::span<const std::int32_t> x) const;
  template <typename Sum>
  void AddPlane(const Row& depth, const Row& height, const Row& width, std::int32_t weight,
                const std::int32_t* x, Sum* sums) const;

  const ConvSide& side_;
  std::int64_t batch_ = 1;
  std::int64_t channels_ = 1;  // of the input
  std::array<Axis, 3> axes_;   // depth, height, width; those that the conv has not are trivial
};

}  // namespace foldproof::prove
