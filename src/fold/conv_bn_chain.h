// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "src/ir/pass.h"
#include "src/ir/program.h"

namespace foldproof::fold {

// The simulated fold of quantization-aware training, as it survives behind a quantized convolution
// or linear:
//
//   conv ─ [quantize ─ dequantize] ─ div(reshape(s)) ─ [add(reshape(orig))] ─ batch_norm
//   s = numerator / sqrt(variance + eps), or numerator · rsqrt(variance + eps)
//
// Operands may stand in either order, reshape may be any op that keeps the elements' order.
struct ConvBnChain {
  ir::NodeId conv;  // or a linear
  // Both or neither: TorchAO's own form has its first quantizer behind the batch_norm.
  std::optional<ir::NodeId> quantize, dequantize;
  ir::NodeId div, norm;
  std::optional<ir::NodeId> add;

  ir::ValueId numerator, variance;
  double eps = 0;              // of the chain; batch_norm has its own
  bool scale_rounded = false;  // a division of the chain has a rounding_mode
  ir::ValueId reshaped_scale;
  std::optional<ir::ValueId> original_bias, reshaped_bias;
  double bias_alpha = 1;   // add's factor on the original bias
  double value_alpha = 1;  // and on the convolution's value
};

// The chain before `norm`, a batch_norm, or why there is none.
std::variant<ConvBnChain, ir::Miss> MatchChain(const ir::Graph& graph, const ir::Node& norm);

// Everything that is known per channel, in float64; the program's own numbers are of `type`.
struct ChainChannels {
  ir::ScalarType type = ir::ScalarType::kFloat32;  // float32, or one of the half types
  std::vector<double> numerator, chain_variance;
  std::vector<double> weight, bias, mean, variance;  // batch_norm's; 1 and 0 where it has none
  std::vector<double> original_bias;                 // 0 where the conv had none
};

// nullopt where one of them is no constant of `channels` entries, or not of the type in which the
// whole chain computes; `fault` says which.
std::optional<ChainChannels> ReadChannels(const ir::Program& program, const ConvBnChain& chain,
                                          std::size_t channels, std::string& fault);

}  // namespace foldproof::fold
