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

inline bool IsConvolution(const ir::Node& node) {
  return std::holds_alternative<ir::Convolution>(node.op) ||
         std::holds_alternative<ir::Linear>(node.op);
}

// A conv, or a linear as the conv without space that it is; nullopt for any other operator.
std::optional<ir::Convolution> ConvolutionOf(const ir::Op& op);

// mm, addmm: a linear where the second factor is constant.
bool IsMatrixProduct(const ir::Node& node);

// Whether the node is a conv of some spelling: a conv, a linear, or a matrix product with a
// constant.
bool IsConvolution(const FunctionalView& view, const ConstantValues& constants,
                   const ir::Node& node);

// What a float input of a conv is taken to lie in, where nothing is known of who makes it. The ends
// are finite.
struct FloatBox {
  double low = -1;
  double high = 1;
  friend bool operator==(const FloatBox&, const FloatBox&) = default;
};

// With a box, weights that are float32 numbers are read, and inputs that are, too; without, a conv
// that sums floats is refused.
ConvSideOrReason ReadConvSide(const FunctionalView& view, const ConstantValues& constants,
                              const ir::Node& node, const FloatBox* box = nullptr);

}  // namespace foldproof::prove
