// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "harness/exec/plan/functional_view.h"
#include "harness/prove/constants/constant_values.h"
#include "harness/prove/conv/conv_side.h"
#include "harness/prove/tail/op/channel_constants.h"
#include "harness/prove/tail/tail.h"

namespace foldproof::prove {

// The scale of the nearest dequantize going back from `value` along first operands; nullopt where
// there is none.
std::optional<double> ScaleBehind(const FunctionalView& view, ir::ValueId value);

// The tail of `side` in its program.
Tail BuildTail(const FunctionalView& view, const ConstantValues& constants, const ConvSide& side,
               BatchNormVariant variant);

// Why the node at `frontier` is no part of the tail, for a report: "aten.add.Tensor meets another
// value".
std::string DescribeFrontier(const FunctionalView& view, const Frontier& frontier);

}  // namespace foldproof::prove
