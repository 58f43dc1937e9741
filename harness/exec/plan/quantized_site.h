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
//
// SiteForm::kActivations takes more: transposed convs as well, moves before the product, and any
// number of relus, clamps and moves behind it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "harness/exec/plan/functional_view.h"
#include "src/ir/op.h"

namespace foldproof::exec {

enum class SiteForm { kRelu, kActivations };

// Codes, and what they stand for.
struct DequantizedCodes {
  ir::ValueId codes;
  ir::ValueId
      real;  // the dequantized tensor; kActivations: after its moves, as the product reads it
  std::variant<ir::QuantParams, ir::ChannelQuantParams> params;
};

// One such place. Every value is the one that is really read, in-place nodes considered.
struct QuantizedSite {
  ir::NodeId product;               // ir::Convolution or ir::Linear
  std::optional<ir::NodeId> relu;   // kRelu
  std::vector<ir::NodeId> between;  // relus, clamps and moves behind the product, in order
  ir::NodeId quantize;

  DequantizedCodes input;  // ir::QuantParams; codes [N, C, spatial...], linear: [..., K]
  // Codes [O, C / groups, kernel...] or [O, K], transposed [C, O / groups, kernel...]; per channel
  // the axis is that of O.
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

// How a convolution or linear of a program is run.
struct ProductRun {
  ir::NodeId product;
  std::string why_float;  // empty where it is a kernel
};

// Every live conv or linear of the program, in the order of execution. A value that feeds several
// quantizers makes a site of the first one; kActivations: one of each, with the product again.
std::vector<std::variant<QuantizedSite, NoSite>> FindQuantizedSites(
    const FunctionalView& view, SiteForm form = SiteForm::kRelu);

// Whether the site is cut open: one of its inner values is in `fed`.
bool IsCut(const QuantizedSite& site, const std::set<ir::ValueId>& fed);

}  // namespace foldproof::exec
