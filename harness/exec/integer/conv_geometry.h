// SPDX-License-Identifier: BSD-3-Clause
//
// Which input element each tap of a convolution reads, for one to three dimensions of space and for
// transposed ones as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/ir/op.h"

namespace foldproof::exec {

// One dimension: output o reads, at tap t, position o * stride + t * dilation - padding of the
// input spread out by `spread` (its elements stand at the multiples of it, zeros between).
struct ConvAxis {
  std::int64_t in = 1;
  std::int64_t out = 1;
  std::int64_t taps = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t padding = 0;  // negative where a transposed one is cropped
  std::int64_t spread = 1;

  // The input position, or -1 where the tap reads a zero.
  std::int64_t Read(std::int64_t output, std::int64_t tap) const {
    const std::int64_t at = output * stride + tap * dilation - padding;
    if (at < 0 || at % spread != 0) return -1;
    return at / spread < in ? at / spread : -1;
  }
};

// A convolution as a plain one of 3 dimensions: input [N, C, axes], weight [O, C / groups, taps].
struct ConvGeometry {
  std::int64_t batch = 1;
  std::int64_t channels = 1;  // of the input
  std::int64_t outputs = 1;   // channels of the result
  std::int64_t groups = 1;
  std::array<ConvAxis, 3> axes;
  std::vector<std::int64_t> result;  // the result's sizes as PyTorch has them

  std::size_t kernel() const {
    return static_cast<std::size_t>(axes[0].taps * axes[1].taps * axes[2].taps);
  }
  std::size_t taps() const { return static_cast<std::size_t>(channels / groups) * kernel(); }
  std::size_t input_plane() const {
    return static_cast<std::size_t>(axes[0].in * axes[1].in * axes[2].in);
  }
  std::size_t output_plane() const {
    return static_cast<std::size_t>(axes[0].out * axes[1].out * axes[2].out);
  }
};

// Throws Error(kInput) with an empty place where sizes and `op` do not fit together.
ConvGeometry GeometryOf(const ir::Convolution& op, const std::vector<std::int64_t>& input,
                        const std::vector<std::int64_t>& weight);

// Where element [o][c][tap] of the plain weight lies in the program's: for a transposed convolution
// [C, O / groups, kernel], its kernel turned round.
std::size_t WeightIndex(const ConvGeometry& geometry, bool transposed, std::size_t output,
                        std::size_t tap);

}  // namespace foldproof::exec
