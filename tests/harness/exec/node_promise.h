// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <set>
#include <string>

#include "src/base/error.h"
#include "src/ir/graph.h"

namespace foldproof::exec {

enum class Promise {
  kBits,       // the same bits
  kOneStep,    // at most one float32 apart
  kTwoSteps,   // at most two
  kSum,        // within the summation bound
  kBatchNorm,  // the bits of eq. 5 or 6, whichever the kernels are
};

// What an operator promises across builds and machines (docs/numerics.md). A target that is in no
// set fails the test: its promise has to be thought about first.
inline Promise PromiseOf(const ir::Node& node) {
  static const std::set<std::string> exact{
      "aten.add.Tensor",         "aten.add_.Tensor",      "aten.sub.Tensor",
      "aten.mul.Tensor",         "aten.div.Tensor",       "aten.div.Tensor_mode",
      "aten.relu.default",       "aten.hardtanh.default", "aten.reshape.default",
      "aten.view.default",       "aten.permute.default",  "aten.pad.default",
      "aten.zeros_like.default", "aten.full.default",     "aten.to.dtype",
      "aten.max_pool2d.default"};
  static const std::set<std::string> sums{
      "aten.conv1d.default", "aten.conv1d.padding",           "aten.conv2d.default",
      "aten.conv2d.padding", "aten.linear.default",           "aten.mean.dim",
      "aten.sum.default",    "aten.conv_transpose1d.default", "aten.conv_transpose2d.input"};
  if (node.target.starts_with("quantized_decomposed.") || exact.contains(node.target)) {
    return Promise::kBits;
  }
  if (node.target == "aten.batch_norm.default") return Promise::kBatchNorm;
  if (sums.contains(node.target)) return Promise::kSum;
  if (node.target == "aten.sqrt.default") return Promise::kOneStep;
  if (node.target == "aten.rsqrt.default" || node.target == "aten.sigmoid.default") {
    return Promise::kTwoSteps;
  }
  throw Error(Error::Code::kInput, node.name, node.target + " has no promise here");
}

}  // namespace foldproof::exec
