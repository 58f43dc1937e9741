// SPDX-License-Identifier: BSD-3-Clause
#include "src/fold/written_bias.h"

#include <string>
#include <utility>
#include <vector>

#include "src/ir/constant_vector.h"

namespace foldproof::fold {
namespace {

using ir::ScalarType;

}  // namespace

ir::ValueId AddConstantOf(ir::Editor& editor, ir::NodeId product, const std::string& name,
                          const ir::TensorType& type, std::span<const std::byte> elements) {
  return editor.AddParameter(product, name, "arg_" + name, type, elements);
}

ir::ValueId AddScalesOf(ir::Editor& editor, ir::NodeId product, const std::string& name,
                        ScalarType type, const std::vector<double>& scales) {
  const ir::TensorType of_scales =
      ir::MakeTensorType(type, {static_cast<std::int64_t>(scales.size())});
  if (type == ScalarType::kFloat64)
    return AddConstantOf(editor, product, name, of_scales, ir::Bytes(scales));
  std::vector<float> narrow;
  for (const double scale : scales) narrow.push_back(static_cast<float>(scale));
  return AddConstantOf(editor, product, name, of_scales, ir::Bytes(narrow));
}

ir::ValueId AddDequantizedBias(ir::Editor& editor, ir::NodeId product, ir::ValueId stored,
                               const BiasForm& form, const BiasCodes& codes) {
  const auto channels = static_cast<std::int64_t>(codes.values.size());
  const ir::TensorType type = ir::MakeTensorType(form.real_type, {channels});
  std::string base = "dequantize_per_tensor_default";
  std::string target = "quantized_decomposed.dequantize_per_tensor.default";
  std::vector<ir::Argument> arguments{
      {"input", stored}, {"scale", codes.scales.front()}, {"zero_point", std::int64_t{0}}};
  if (form.per_channel) {
    base = "dequantize_per_channel_default";
    target = "quantized_decomposed.dequantize_per_channel.default";
    const std::string name = editor.graph().node(product).name;
    const ir::TensorType zeros = ir::MakeTensorType(ScalarType::kInt32, {channels});
    arguments[1] = {"scales", AddScalesOf(editor, product, name + "_bias_scale", form.scale_type,
                                          codes.scales)};
    arguments[2] = {
        "zero_points",
        AddConstantOf(editor, product, name + "_bias_zero_point", zeros,
                      ir::Bytes(std::vector<std::int32_t>(static_cast<std::size_t>(channels), 0)))};
    arguments.push_back({"axis", std::int64_t{0}});
  }
  arguments.push_back({"quant_min", form.quant_min});
  arguments.push_back({"quant_max", kHighestBiasCode});
  arguments.push_back({"dtype", ScalarType::kInt32});
  if (form.real_type != ScalarType::kFloat32) {
    arguments.push_back({"out_dtype", form.real_type, true});
  }
  const ir::NodeId made = editor.InsertBefore(product, base, target, std::move(arguments), {type});
  return editor.graph().node(made).outputs.front();
}

}  // namespace foldproof::fold
