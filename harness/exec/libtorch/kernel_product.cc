// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/libtorch/kernel_product.h"

#include <vector>

#include "harness/exec/quantized/code_vector.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

bool HasEightBits(ScalarType dtype) {
  return dtype == ScalarType::kInt8 || dtype == ScalarType::kUInt8;
}

ScalarType WeightType(const DequantizedCodes& weight) {
  return std::visit([](const auto& params) { return params.dtype; }, weight.params);
}

bool IsInRange(const ir::QuantParams& params) {
  return params.zero_point >= ir::LowestOf(params.dtype) &&
         params.zero_point <= ir::HighestOf(params.dtype);
}

// conv2d.padding "same": the zeros before and after the image, where both are as many.
std::vector<std::int64_t> PaddingOf(const ir::Convolution& conv, const Tensor& weight) {
  if (conv.padding_mode != ir::Convolution::Padding::kSame) return conv.padding;
  std::vector<std::int64_t> padding;
  for (std::size_t d = 0; d < conv.spatial(); ++d) {
    const std::int64_t all = conv.dilation[d] * (weight.sizes.at(d + 2) - 1);
    if (all % 2 != 0) Refuse("padding 'same' is one more on one side");
    padding.push_back(all / 2);
  }
  return padding;
}

struct WeightScales {
  std::vector<double> scales;
  std::vector<std::int64_t> zero_points;
};

WeightScales ScalesOf(const DequantizedCodes& weight, TorchRun& run) {
  if (const auto* all = std::get_if<ir::QuantParams>(&weight.params)) {
    return {{all->scale}, {all->zero_point}};
  }
  const auto& channels = std::get<ir::ChannelQuantParams>(weight.params);
  const Tensor scales = run.TensorOf(channels.scales);
  WeightScales out;
  if (scales.dtype == ScalarType::kFloat32) {
    for (const float scale : scales.Elements<float>()) out.scales.push_back(scale);
  } else if (scales.dtype == ScalarType::kFloat64) {
    out.scales = scales.Elements<double>();
  } else {
    Refuse("its weight's scales are no floats");
  }
  out.zero_points.assign(out.scales.size(), 0);
  if (!channels.zero_points) return out;
  const Tensor zero_points = run.TensorOf(*channels.zero_points);
  if (!ir::IsInteger(zero_points.dtype)) Refuse("its weight's zero points are no integers");
  out.zero_points = IntegersOf(zero_points);
  if (out.zero_points.size() != out.scales.size()) Refuse("it has not a zero point a scale");
  return out;
}

const FoldproofTorchTensor* ConstantHandle(ir::ValueId id, TorchRun& run, const char* what) {
  const auto& held = run.values()[id.index];
  if (std::holds_alternative<std::monostate>(held)) Refuse(std::string(what) + " is no constant");
  const Operand operand = run.OperandOf(id);
  const auto* const* handle = std::get_if<FoldproofTorchTensor*>(&operand);
  if (handle == nullptr) Refuse(std::string(what) + " is no tensor");
  return *handle;
}

}  // namespace

std::string WhyNoKernel(const ir::Program& program, const QuantizedSite& site) {
  const auto& input = std::get<ir::QuantParams>(site.input.params);
  const auto& type = program.graph.value(site.input.codes).type;
  const ir::Node& product = program.graph.node(site.product);
  if (!HasEightBits(input.dtype)) return "its input is of " + std::string(ir::Name(input.dtype));
  if (!HasEightBits(site.output.dtype)) {
    return "its output is of " + std::string(ir::Name(site.output.dtype));
  }
  const ScalarType weight = WeightType(site.weight);
  if (!HasEightBits(weight)) return "its weight is of " + std::string(ir::Name(weight));
  if (!IsInRange(input) || !IsInRange(site.output)) return "a zero point is no code";
  const auto* conv = std::get_if<ir::Convolution>(&product.op);
  if (conv == nullptr) return "";
  if (conv->spatial() > 2) return "there are kernels of one and two dimensions";
  if (!type || type->rank() != conv->spatial() + 2) return "its input has no batch dimension";
  return "";
}

TorchModule::Kernel PackSite(const TorchPlan& plan, const std::string& engine,
                             const QuantizedSite& site, TorchRun& run) {
  const ir::Node& node = plan.program.graph.node(site.product);
  const auto& input = std::get<ir::QuantParams>(site.input.params);
  FoldproofTorchProduct product{};
  product.weight = ConstantHandle(site.weight.codes, run, "its weight");
  if (site.bias) product.bias = ConstantHandle(*site.bias, run, "its bias");
  std::vector<std::int64_t> padding;
  if (const auto* conv = std::get_if<ir::Convolution>(&node.op)) {
    padding = PaddingOf(*conv, run.TensorOf(site.weight.codes));
    product.spatial = static_cast<std::int32_t>(conv->spatial());  // 1 or 2
    product.stride = conv->stride.data();
    product.padding = padding.data();
    product.dilation = conv->dilation.data();
    product.groups = conv->groups;
  }
  const WeightScales weight = ScalesOf(site.weight, run);
  product.weight_channels = weight.scales.size();
  product.weight_scales = weight.scales.data();
  product.weight_zero_points = weight.zero_points.data();
  product.relu = site.relu ? 1 : 0;
  product.input_scale = input.scale;
  product.input_zero_point = input.zero_point;
  product.output_type = static_cast<std::int32_t>(site.output.dtype);
  product.output_scale = site.output.scale;
  product.output_zero_point = site.output.zero_point;
  product.output_min = site.output.quant_min;
  product.output_max = site.output.quant_max;
  return plan.module.Pack(engine, product);
}

}  // namespace foldproof::exec
