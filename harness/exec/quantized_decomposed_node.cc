// SPDX-License-Identifier: BSD-3-Clause
//
// From a node's arguments to the arithmetic of quantized_decomposed.cc.
#include <string>
#include <utility>

#include "harness/exec/code_vector.h"
#include "harness/exec/quantized_decomposed.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

constexpr std::string_view kNamespace = "quantized_decomposed.";

[[noreturn]] void Refuse(std::string why) { throw Error(Error::Code::kInput, "", std::move(why)); }

// A node's arguments, by name; numbers may be given as tensors of one element (the overloads tensor
// and tensor2).
class NodeArguments {
 public:
  NodeArguments(const ir::Node& node, const std::function<Tensor(ir::ValueId)>& tensor_of)
      : node_(node), tensor_of_(tensor_of) {}

  Tensor OneTensor(std::string_view name) const {
    if (const auto* id = std::get_if<ir::ValueId>(&Value(name))) return tensor_of_(*id);
    Refuse("argument '" + std::string(name) + "' is no tensor");
  }

  std::optional<Tensor> MaybeTensor(std::string_view name) const {
    const ir::ArgumentValue* value = node_.Find(name);
    if (value == nullptr || std::holds_alternative<ir::None>(*value)) return std::nullopt;
    return OneTensor(name);
  }

  std::int64_t Integer(std::string_view name) const {
    if (const auto* number = std::get_if<std::int64_t>(&Value(name))) return *number;
    const Tensor tensor = Single(name);
    return IntegersOf(tensor).front();
  }

  double Real(std::string_view name) const {
    if (const auto* number = std::get_if<double>(&Value(name))) return *number;
    if (const auto* number = std::get_if<std::int64_t>(&Value(name))) {
      return static_cast<double>(*number);
    }
    const Tensor tensor = Single(name);
    if (tensor.dtype == ScalarType::kFloat32) return tensor.Elements<float>().front();
    if (tensor.dtype == ScalarType::kFloat64) return tensor.Elements<double>().front();
    return static_cast<double>(IntegersOf(tensor).front());
  }

  ScalarType Dtype(std::string_view name) const {
    if (const auto* type = std::get_if<ScalarType>(&Value(name))) return *type;
    Refuse("argument '" + std::string(name) + "' is no element type");
  }

  void CheckOutputType() const {
    const ir::ArgumentValue* value = node_.Find("out_dtype");
    if (value == nullptr || std::holds_alternative<ir::None>(*value)) return;
    if (Dtype("out_dtype") != ScalarType::kFloat32)
      Refuse("an out_dtype but float32 is not run here");
  }

 private:
  const ir::ArgumentValue& Value(std::string_view name) const {
    const ir::ArgumentValue* value = node_.Find(name);
    if (value == nullptr) Refuse("argument '" + std::string(name) + "' is missing");
    return *value;
  }

  Tensor Single(std::string_view name) const {
    Tensor tensor = OneTensor(name);
    if (tensor.count() != 1) Refuse("argument '" + std::string(name) + "' is not one number");
    return tensor;
  }

  const ir::Node& node_;
  const std::function<Tensor(ir::ValueId)>& tensor_of_;
};

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

Tensor RunQuantizedDecomposed(const ir::Node& node,
                              const std::function<Tensor(ir::ValueId)>& tensor_of) {
  const NodeArguments arguments(node, tensor_of);
  const std::string_view name = std::string_view(node.target).substr(kNamespace.size());
  if (name.starts_with("quantize_per_tensor.")) {
    return QuantizePerTensor(arguments.OneTensor("input"), TensorParams(arguments));
  }
  if (name.starts_with("dequantize_per_tensor.")) {
    arguments.CheckOutputType();
    return DequantizePerTensor(arguments.OneTensor("input"), TensorParams(arguments));
  }
  if (name.starts_with("quantize_per_channel.")) {
    return QuantizePerChannel(arguments.OneTensor("input"), PerChannelParams(arguments));
  }
  if (name.starts_with("dequantize_per_channel.")) {
    arguments.CheckOutputType();
    return DequantizePerChannel(arguments.OneTensor("input"), PerChannelParams(arguments));
  }
  Refuse("is not run here; quantize and dequantize, per tensor and per channel, are");
}

}  // namespace foldproof::exec
