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

ConvSideOrReason ReadConvSide(const FunctionalView& view, const ConstantValues& constants,
                              const ir::Node& node);

}  // namespace foldproof::prove
