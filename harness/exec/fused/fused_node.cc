// SPDX-License-Identifier: BSD-3-Clause
//
// From a node's arguments to the fused operators.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "harness/exec/fused/fused_ops.h"
#include "harness/exec/quantized/code_vector.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

Tensor RunConv(const NodeArguments& arguments) {
  return QuantizedConv(
      arguments.OneTensor("input"), arguments.OneTensor("weight"), arguments.OneTensor("bias"),
      {arguments.Integers("stride"), arguments.Integers("padding"), arguments.Integers("dilation"),
       arguments.Integer("groups"), arguments.Integer("input_zero_point"),
       arguments.Integer("weight_zero_point"), arguments.Real("bias_scale"),
       arguments.Real("out_scale"), arguments.Integer("out_zero_point")});
}

Tensor RunDepthwiseConv(const NodeArguments& arguments) {
  const Tensor input = arguments.OneTensor("input");
  const std::int64_t groups = arguments.Integer("groups");
  if (input.sizes.size() < 2 || groups < 2 || groups != input.sizes[1]) {
    Refuse("takes as many groups as there are input channels, and more than one");
  }
  return RunConv(arguments);
}

Multiplier MultiplierOf(const NodeArguments& arguments) {
  return {arguments.Integer("out_multiplier"), arguments.Integer("out_shift")};
}

Tensor RunLinear(const NodeArguments& arguments) {
  return QuantizedLinear(
      arguments.OneTensor("src"), arguments.OneTensor("weight"), arguments.OneTensor("bias"),
      {arguments.Integer("src_zero_point"), arguments.Integer("weight_zero_point"),
       MultiplierOf(arguments), arguments.Integer("out_zero_point")});
}

Tensor RunMatmul(const NodeArguments& arguments) {
  if (const auto bias = arguments.MaybeTensor("bias")) {
    const std::vector<std::int64_t> terms = IntegersOf(*bias);
    if (!std::all_of(terms.begin(), terms.end(), [](std::int64_t term) { return term == 0; })) {
      Refuse("takes no bias but zeros");
    }
  }
  return QuantizedMatmul(arguments.OneTensor("X"), arguments.OneTensor("Y"),
                         arguments.Truth("transposed", false),
                         {arguments.Integer("X_zero_point"), arguments.Integer("Y_zero_point"),
                          MultiplierOf(arguments), arguments.Integer("out_zero_point")});
}

Tensor RunAdd(const NodeArguments& arguments) {
  return QuantizedAdd(
      arguments.OneTensor("X"), {arguments.Real("X_scale"), arguments.Integer("X_zero_point")},
      arguments.OneTensor("Y"), {arguments.Real("Y_scale"), arguments.Integer("Y_zero_point")},
      {arguments.Real("out_scale"), arguments.Integer("out_zero_point")});
}

Tensor RunRelu(const NodeArguments& arguments) {
  return QuantizedRelu(arguments.OneTensor("X"), arguments.Integer("X_zero_point"),
                       MultiplierOf(arguments), arguments.Integer("out_zero_point"));
}

Tensor RunMaxPool(const NodeArguments& arguments) {
  return QuantizedMaxPool(arguments.OneTensor("input"),
                          {arguments.Integers("kernel_size"), arguments.Integers("stride"),
                           arguments.Integers("padding"), arguments.Integers("dilation"),
                           arguments.Truth("ceil_mode", false)});
}

struct FusedOp {
  std::string_view target;
  Tensor (*run)(const NodeArguments&);
};

constexpr std::array kFusedOps{
    FusedOp{"cadence.quantized_conv2d_nchw.per_tensor", RunConv},
    FusedOp{"cadence.quantized_conv1d_ncl.per_tensor", RunConv},
    FusedOp{"cadence.quantized_depthwise_conv1d_ncl.per_tensor", RunDepthwiseConv},
    FusedOp{"cadence.quantized_linear.per_tensor", RunLinear},
    FusedOp{"cadence.quantized_matmul.default", RunMatmul},
    FusedOp{"cadence.quantized_add.per_tensor", RunAdd},
    FusedOp{"cadence.quantized_relu.per_tensor", RunRelu},
    FusedOp{"cadence.quantized_max_pool2d_nchw.default", RunMaxPool}};

const FusedOp* FindFusedOp(std::string_view target) {
  const auto found = std::find_if(kFusedOps.begin(), kFusedOps.end(),
                                  [&](const FusedOp& op) { return op.target == target; });
  return found == kFusedOps.end() ? nullptr : &*found;
}

}  // namespace

bool IsFusedOp(std::string_view target) { return FindFusedOp(target) != nullptr; }

Tensor RunFusedOp(const ir::Node& node, const TensorOfValue& tensor_of) {
  const FusedOp* op = FindFusedOp(node.target);
  FP_CHECK(op != nullptr);
  return op->run(NodeArguments(node, tensor_of));
}

}  // namespace foldproof::exec
