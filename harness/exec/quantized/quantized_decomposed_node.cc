// SPDX-License-Identifier: BSD-3-Clause
//
// From a node's arguments to the arithmetic of quantized_decomposed.cc.
#include <string>
#include <utility>

#include "harness/exec/quantized/node_arguments.h"
#include "harness/exec/quantized/quantized_decomposed.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

constexpr std::string_view kNamespace = "quantized_decomposed.";

void CheckOutputType(const NodeArguments& arguments) {
  if (arguments.MaybeDtype("out_dtype").value_or(ScalarType::kFloat32) != ScalarType::kFloat32) {
    Refuse("an out_dtype but float32 is not run here");
  }
}

ir::QuantParams TensorParams(const NodeArguments& arguments) {
  return {arguments.Real("scale"), arguments.Integer("zero_point"), arguments.Integer("quant_min"),
          arguments.Integer("quant_max"), arguments.Dtype("dtype")};
}

ChannelParams PerChannelParams(const NodeArguments& arguments) {
  return {arguments.OneTensor("scales"),  arguments.MaybeTensor("zero_points"),
          arguments.Integer("axis"),      arguments.Integer("quant_min"),
          arguments.Integer("quant_max"), arguments.Dtype("dtype")};
}

}  // namespace

bool IsQuantizedDecomposed(std::string_view target) { return target.starts_with(kNamespace); }

Tensor RunQuantizedDecomposed(const ir::Node& node, const TensorOfValue& tensor_of,
                              ScalarType reals) {
  const bool wide = reals == ScalarType::kFloat64;
  const NodeArguments arguments(node, tensor_of);
  const std::string_view name = std::string_view(node.target).substr(kNamespace.size());
  if (name.starts_with("quantize_per_tensor.")) {
    return QuantizePerTensor(arguments.OneTensor("input"), TensorParams(arguments));
  }
  if (name.starts_with("dequantize_per_tensor.")) {
    CheckOutputType(arguments);
    const auto dequantize = wide ? DequantizePerTensorWide : DequantizePerTensor;
    return dequantize(arguments.OneTensor("input"), TensorParams(arguments));
  }
  if (name.starts_with("quantize_per_channel.")) {
    return QuantizePerChannel(arguments.OneTensor("input"), PerChannelParams(arguments));
  }
  if (name.starts_with("dequantize_per_channel.")) {
    CheckOutputType(arguments);
    const auto dequantize = wide ? DequantizePerChannelWide : DequantizePerChannel;
    return dequantize(arguments.OneTensor("input"), PerChannelParams(arguments));
  }
  Refuse("is not run here; quantize and dequantize, per tensor and per channel, are");
}

}  // namespace foldproof::exec
