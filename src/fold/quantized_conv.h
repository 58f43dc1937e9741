// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "src/fold/product.h"
#include "src/ir/editor.h"
#include "src/ir/pass.h"

namespace foldproof::fold {

// A convolution or a linear whose input and weight are dequantized, as far as its bias is
// concerned.
struct QuantizedConv {
  ir::NodeId node;
  std::int64_t channels = 0;  // of the output, read off the weight, never off the output's shape
  ir::QuantParams input;
  ir::ValueId weight_codes;
  std::int64_t weight_min = 0;  // what the codes may be where they are no constant
  std::int64_t weight_max = 0;
  // The weight's quantization: one entry (per tensor), or one an output channel.
  std::vector<double> weight_scales;
  std::vector<std::int64_t> weight_zero_points;
  ir::ScalarType scale_type = ir::ScalarType::kFloat32;  // of per-channel scales
  bool per_channel = false;

  double WeightScale(std::size_t channel) const { return weight_scales[per_channel ? channel : 0]; }
  std::int64_t WeightZeroPoint(std::size_t channel) const {
    return weight_zero_points[per_channel ? channel : 0];
  }
};

// Reads `node`, a convolution or a linear, or says why its bias has no scale. The input may stand
// behind an unsqueeze.
std::variant<QuantizedConv, ir::Miss> ReadQuantizedConv(const ir::Program& program,
                                                        const ir::Node& node);

// What its input is dequantized with, per tensor; the input may stand behind an unsqueeze.
std::optional<ir::QuantParams> InputParams(const ir::Program& program, const Product& product);

// A bias that is dequantized from an int32 constant: real = (code - zero_point) · f32(scale).
struct QuantizedBias {
  ir::NodeId dequantize;
  ir::ValueId codes;
  std::vector<std::int64_t> values;
  std::vector<double> scales;  // one entry, or one a channel; rounded to float32, as they are used
  std::vector<std::int64_t> zero_points;
  std::int64_t quant_min = 0;
  std::int64_t quant_max = 0;
  // b / s - q of a float bias that this fold itself put into codes, one a channel; empty: 0.
  std::vector<double> remainders;

  double Remainder(std::size_t c) const { return remainders.empty() ? 0.0 : remainders[c]; }
  double Scale(std::size_t c) const { return scales[scales.size() == 1 ? 0 : c]; }
  std::int64_t ZeroPoint(std::size_t c) const {
    return zero_points[zero_points.size() == 1 ? 0 : c];
  }
};

// nullopt where the value is nothing of that kind.
std::optional<QuantizedBias> ReadQuantizedBias(const ir::Program& program, ir::ValueId bias);

// Whether `bias` is computed and is zero for every input: zeros_like, or that quantized and
// dequantized, as TorchAO puts it in place of a bias that it adds behind the convolution.
bool IsComputedZero(const ir::Program& program, ir::ValueId bias);

// Whether every reader of `value`, looked at through relu, clamp and layout ops, is a
// quantize_per_tensor, and no program output is.
bool OnlyQuantized(const ir::Graph& graph, ir::ValueId value);

// Whether every reader of `value` is a quantize_per_tensor, or a relu whose readers are: what
// QuantFusion makes one operator of a convolution with.
bool IsQuantizedNext(const ir::Graph& graph, ir::ValueId value);

// How many places read `value`, or, where it stands for a constant, that constant under any name.
std::size_t ReadersOf(const ir::Program& program, ir::ValueId value);

}  // namespace foldproof::fold
