// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/fold/quantized_conv.h"
#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// Where the output channels are in a weight: dimension 0 of [O, I / groups, kernel...] and of a
// linear's [O, I]; dimension 1, one group's, of a transposed convolution's [I, O / groups, ...].
struct WeightShape {
  std::size_t first = 0;   // dimension 0
  std::size_t second = 0;  // dimension 1
  std::size_t kernel = 1;  // elements behind these two
  std::size_t groups = 1;
  bool transposed = false;

  std::size_t channels() const { return transposed ? second * groups : first; }
  std::size_t elements() const { return first * second * kernel; }
};

// The output channel that element `element` of the weight (row-major) belongs to.
std::size_t ChannelOf(const WeightShape& shape, std::size_t element);

// A convolution or a linear, and the batch_norm that reads its value.
struct NormPair {
  ir::NodeId product;  // the convolution or the linear
  ir::NodeId norm;
  ir::ValueId input, weight;
  std::optional<ir::ValueId> bias;
  WeightShape shape;
  std::size_t value_rank = 0;  // that the value must have for its dimension 1 to be the channels
};

// The pair that ends in `norm`, a batch_norm, or why there is none.
std::variant<NormPair, ir::Miss> MatchNormPair(const ir::Program& program, const ir::Node& norm);

// What batch_norm computes with and the product's bias, one number a channel, in float64; the
// program's own numbers are float32.
struct PairNumbers {
  std::vector<double> gamma, beta, mean, variance;  // 1 and 0 where batch_norm has none
  std::vector<double> bias;                         // 0 where the product has none
  double eps = 0;
};

// A weight that is dequantized from constant codes: real = (code - zero_point) · f32(scale).
struct WeightCodes {
  ir::NodeId dequantize;
  ir::ValueId stored;
  std::vector<std::int64_t> values;
  std::vector<double> scales;  // one (per tensor), or one an entry of the axis of channels
  std::vector<std::int64_t> zero_points;
  bool per_channel = false;
  ir::ScalarType scale_type = ir::ScalarType::kFloat32;  // of per-channel scales
  std::int64_t quant_min = 0;
  std::int64_t quant_max = 0;
  ir::ScalarType dtype = ir::ScalarType::kInt8;
};

// Which scale channel `channel` has. Groups of a transposed convolution share theirs.
inline std::size_t EntryOf(const WeightShape& shape, bool per_channel, std::size_t channel) {
  if (!per_channel) return 0;
  return shape.transposed ? channel % shape.second : channel;
}

// A pair with all that is known about it, while it is decided whether the fold would be right.
struct NormCandidate {
  const ir::Program* program;
  NormPair pair;
  PairNumbers numbers;
  std::vector<float> floats;             // a float weight
  std::optional<WeightCodes> codes;      // or one of codes
  std::optional<QuantizedBias> bias;     // where it is dequantized from codes
  std::optional<ir::QuantParams> input;  // where it is dequantized per tensor
};

// Reads the constants of `pair`. A miss where one of them is no constant, or of another type or
// length than the fold can compute with.
std::variant<NormCandidate, ir::Miss> ReadNormPair(const ir::Program& program,
                                                   const NormPair& pair);

}  // namespace foldproof::fold
