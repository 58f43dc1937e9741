// SPDX-License-Identifier: BSD-3-Clause
//
// quantized_decomposed: real = (code - zero_point) * scale, code in [quant_min, quant_max].
#include <cmath>
#include <string>

#include "src/ir/decode_op_arguments.h"

namespace foldproof::ir {
namespace {

bool IsCodeType(ScalarType dtype) { return IsInteger(dtype) && dtype != ScalarType::kInt64; }

bool IsFloat8(ScalarType dtype) { return IsFloat(dtype) && ElementSize(dtype) == 1; }

// The codes' dtype and range, the same for per-tensor and per-channel.
template <typename Params>
void ReadRange(OpArguments& arguments, Params& params) {
  const auto dtype = arguments.OptionalDtype("dtype");
  if (!dtype) arguments.Fail("argument 'dtype' is missing; export the program again");
  params.dtype = *dtype;
  params.quant_min = arguments.Integer("quant_min");
  params.quant_max = arguments.Integer("quant_max");
  if (IsFloat8(*dtype)) return arguments.NotCovered();
  if (!IsCodeType(*dtype)) {
    arguments.Fail("dtype " + std::string(Name(*dtype)) +
                   " holds no codes; use uint8, int8, uint16, int16 or int32");
  }
  std::string range = std::to_string(params.quant_min);
  range += " to " + std::to_string(params.quant_max);
  if (params.quant_min > params.quant_max) {
    arguments.Fail("quant_min is above quant_max, " + range + "; quantize the program again");
  }
  if (params.quant_min < LowestOf(*dtype) || params.quant_max > HighestOf(*dtype)) {
    arguments.Fail("the range " + range + " is outside " + std::string(Name(*dtype)) +
                   "; quantize the program again");
  }
}

QuantParams ReadParams(OpArguments& arguments) {
  QuantParams params;
  ReadRange(arguments, params);
  params.scale = arguments.Number("scale");
  params.zero_point = arguments.Integer("zero_point");
  if (!std::isfinite(params.scale) || params.scale == 0) {
    arguments.Fail("the scale must be finite and not 0; calibrate and convert the program again");
  }
  // PyTorch computes with it, and nobody here counts on it.
  if (params.scale < 0) arguments.NotCovered();
  if (params.zero_point < LowestOf(ScalarType::kInt32) ||
      params.zero_point > HighestOf(ScalarType::kInt32)) {
    arguments.Fail("zero point " + std::to_string(params.zero_point) +
                   " does not fit into int32; calibrate and convert the program again");
  }
  return params;
}

ChannelQuantParams ReadChannelParams(OpArguments& arguments, ValueId input) {
  ChannelQuantParams params;
  ReadRange(arguments, params);
  params.scales = arguments.Tensor("scales");
  params.zero_points = arguments.OptionalTensor("zero_points");
  params.axis = arguments.Integer("axis");
  const TensorType* type = arguments.TypeOf(input);
  if (type == nullptr) {
    arguments.NotCovered();
    return params;
  }
  params.axis = arguments.Dimension(params.axis, type->rank());
  if (type->rank() == 0) arguments.Fail("a number has no channels; use quantize_per_tensor");
  const Dim& channels = type->dims[static_cast<std::size_t>(params.axis)];
  const auto check = [&](ValueId value, const char* what) {
    const TensorType* of = arguments.TypeOf(value);
    if (of == nullptr || !of->is_static() || !channels.is_static()) return;
    if (of->rank() != 1 || of->dims[0].size != channels.size) {
      arguments.Fail(std::string(what) + " of type " + of->ToString() + " for " +
                     std::to_string(channels.size) + " channels; convert the program again");
    }
  };
  check(params.scales, "scales");
  if (params.zero_points) check(*params.zero_points, "zero points");
  return params;
}

// The typed forms are float32 to codes and back; anything else runs as it is written.
void CheckQuantizeTypes(OpArguments& arguments, ValueId input, ScalarType dtype) {
  const TensorType* from = arguments.TypeOf(input);
  if (from != nullptr && from->dtype != ScalarType::kFloat32) arguments.NotCovered();
  const TensorType* to = arguments.OutputType();
  if (to != nullptr && to->dtype != dtype) {
    arguments.Fail("makes " + std::string(Name(dtype)) + ", but its output is declared " +
                   std::string(Name(to->dtype)) + "; export the program again");
  }
}

void CheckDequantizeTypes(OpArguments& arguments, ValueId input, ScalarType dtype) {
  const TensorType* from = arguments.TypeOf(input);
  if (from != nullptr && from->dtype != dtype) {
    arguments.Fail("takes " + std::string(Name(dtype)) + ", but its input is " +
                   std::string(Name(from->dtype)) + "; export the program again");
  }
  const auto out_dtype = arguments.OptionalDtype("out_dtype").value_or(ScalarType::kFloat32);
  const TensorType* to = arguments.OutputType();
  if (out_dtype != ScalarType::kFloat32) arguments.NotCovered();
  if (to != nullptr && to->dtype != ScalarType::kFloat32) arguments.NotCovered();
}

Op DecodeQuantizePerTensor(OpArguments& arguments) {
  const QuantizePerTensor op{arguments.Tensor("input"), ReadParams(arguments)};
  CheckQuantizeTypes(arguments, op.input, op.params.dtype);
  return op;
}

Op DecodeDequantizePerTensor(OpArguments& arguments) {
  const DequantizePerTensor op{arguments.Tensor("input"), ReadParams(arguments)};
  CheckDequantizeTypes(arguments, op.input, op.params.dtype);
  return op;
}

Op DecodeQuantizePerChannel(OpArguments& arguments) {
  const ValueId input = arguments.Tensor("input");
  const QuantizePerChannel op{input, ReadChannelParams(arguments, input)};
  CheckQuantizeTypes(arguments, op.input, op.params.dtype);
  return op;
}

Op DecodeDequantizePerChannel(OpArguments& arguments) {
  const ValueId input = arguments.Tensor("input");
  const DequantizePerChannel op{input, ReadChannelParams(arguments, input)};
  CheckDequantizeTypes(arguments, op.input, op.params.dtype);
  return op;
}

constexpr OpDecoder kQuantizationDecoders[] = {
    {"quantized_decomposed.quantize_per_tensor.default", DecodeQuantizePerTensor},
    {"quantized_decomposed.dequantize_per_tensor.default", DecodeDequantizePerTensor},
    {"quantized_decomposed.quantize_per_channel.default", DecodeQuantizePerChannel},
    {"quantized_decomposed.dequantize_per_channel.default", DecodeDequantizePerChannel},
};

}  // namespace

std::span<const OpDecoder> QuantizationDecoders() { return kQuantizationDecoders; }

}  // namespace foldproof::ir
