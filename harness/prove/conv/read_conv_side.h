// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_values.h"
#include "harness/prove/conv/conv_side.h"

namespace foldproof::prove {

// Either the integers of `node`, a convolution of `view`, or why it has none ("its input is not
// dequantized: aten.relu.default").
struct ConvSideOrReason {
  std::optional<ConvSide> side;
  std::string reason;
};

// A convolution as it is, a linear as one without spatial dimensions; nullopt for any other.
std::optional<ir::Convolution> ConvolutionOf(const ir::Op& op);
inline bool IsConvolution(const ir::Node& node) {
  return std::holds_alternative<ir::Convolution>(node.op) ||
         std::holds_alternative<ir::Linear>(node.op);
}

// Whether a weight that is made of float32 numbers, not of codes, is read, too.
enum class FloatWeights { kRefused, kRead };

ConvSideOrReason ReadConvSide(const FunctionalView& view, const ConstantValues& constants,
                              const ir::Node& node, FloatWeights floats = FloatWeights::kRefused);

}  // namespace foldproof::prove
