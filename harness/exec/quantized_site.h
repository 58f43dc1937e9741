// SPDX-License-Identifier: BSD-3-Clause
//
// Where a program computes on codes what an integer kernel does in one go:
//
//   codes x ── dequantize_per_tensor ─┐
//   codes w ── dequantize ────────────┤ conv1d, conv2d, conv3d or linear ── [relu] ──
//   quantize_per_tensor none, a float or dequantized bias ┘
//
// with nothing else between. Relu in place (relu_) is a relu too; the conv is not transposed. What
// else reads the values in between does not matter here: they can be computed besides.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/exec/functional_view.h"
#include "src/ir/op.h"

namespace foldproof::exec {

// Codes, and what they stand for.
struct DequantizedCodes {
  ir::ValueId codes;
  ir::ValueId real;  // the dequantized tensor
  std::variant<ir::QuantParams, ir::ChannelQuantParams> params;
};

// One such place. Every value is the one that is really read, in-place nodes considered.
struct QuantizedSite {
  ir::NodeId product;  // ir::Convolution or ir::Linear
  std::optional<ir::NodeId> relu;
  ir::NodeId quantize;

  DequantizedCodes input;  // ir::QuantParams; codes [N, C, spatial...], linear: [..., K]
  // Codes [O, C / groups, kernel...] or [O, K]; per channel the axis is 0.
  DequantizedCodes weight;
  std::optional<ir::ValueId> bias;             // the float32 tensor [O] that is added
  std::optional<DequantizedCodes> bias_codes;  // where it is dequantized: int32 codes [O]
  ir::QuantParams output;  // of the quantizer; its codes are output 0 of `quantize`

  // The values between the codes: where one of them is given instead of computed, the program is
  // cut there and the site is none.
  std::vector<ir::ValueId> inner;
};

// A convolution or linear that is no site, and why: "its value goes to aten.add.Tensor, not into a
// quantizer".
struct NoSite {
  ir::NodeId product;
  std::string why;
};

// One entry a live conv or linear of the program, in the order of execution. A value that feeds
// several quantizers makes a site of the first one.
std::vector<std::variant<QuantizedSite, NoSite>> FindQuantizedSites(const FunctionalView& view);

}  // namespace foldproof::exec
