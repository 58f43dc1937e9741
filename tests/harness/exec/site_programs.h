// SPDX-License-Identifier: BSD-3-Clause
//
// Programs of one quantized site: codes -> dequantize -> conv or linear -> [relu] -> quantize.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/ir/op.h"
#include "tests/harness/exec/small_programs.h"

namespace foldproof::exec {

struct SiteSpec {
  std::string target = "aten.conv2d.default";
  ir::QuantParams input{0.5, 3, -128, 127, ir::ScalarType::kInt8};
  ir::QuantParams output{0.5, -2, -128, 127, ir::ScalarType::kInt8};
  std::vector<std::int64_t> input_sizes, output_sizes;
  Tensor weight;                   // codes
  std::vector<double> scales;      // one, or one an output channel
  std::optional<Tensor> bias;      // float32
  std::string relu;                // "aten.relu.default", or none
  std::vector<ir::Argument> more;  // stride, padding, dilation, groups
};

inline std::vector<ir::Argument> QuantArguments(ir::ValueId input, const ir::QuantParams& params) {
  return {{"input", input},
          {"scale", params.scale},
          {"zero_point", params.zero_point},
          {"quant_min", params.quant_min},
          {"quant_max", params.quant_max},
          {"dtype", params.dtype}};
}

// The values of such a program that tests ask for.
struct SiteProgram {
  explicit SiteProgram(const SiteSpec& spec, bool returned = true) {
    using std::string;
    const string decomposed = "quantized_decomposed.";
    codes = made.Input("codes", ir::MakeTensorType(spec.input.dtype, spec.input_sizes));
    x = made.Node("x", decomposed + "dequantize_per_tensor.default",
                  QuantArguments(codes, spec.input), FloatType(spec.input_sizes));
    const auto weight = made.Buffer("weight", spec.weight);
    w = DequantizedWeight(spec, weight);
    const bool is_linear = spec.target.starts_with("aten.linear");
    std::vector<ir::Argument> arguments{{"input", x}, {"weight", w}};
    if (spec.bias) arguments.push_back({"bias", made.Buffer("bias", *spec.bias)});
    if (!is_linear) arguments.insert(arguments.end(), spec.more.begin(), spec.more.end());
    product = made.Node("product", spec.target, arguments, FloatType(spec.output_sizes));
    real = product;
    if (!spec.relu.empty()) {
      real = made.Node("relu", spec.relu, {{"self", product}}, FloatType(spec.output_sizes));
    }
    result = made.Node("result", decomposed + "quantize_per_tensor.default",
                       QuantArguments(real, spec.output),
                       ir::MakeTensorType(spec.output.dtype, spec.output_sizes));
    if (returned) made.Returning({result});
  }

  ir::ValueId DequantizedWeight(const SiteSpec& spec, ir::ValueId weight) {
    const std::int64_t low = ir::LowestOf(spec.weight.dtype);
    const std::int64_t high = ir::HighestOf(spec.weight.dtype);
    if (spec.scales.size() == 1) {
      return made.Node("w", "quantized_decomposed.dequantize_per_tensor.default",
                       QuantArguments(weight, {spec.scales[0], 0, low, high, spec.weight.dtype}),
                       FloatType(spec.weight.sizes));
    }
    const auto channels = static_cast<std::int64_t>(spec.scales.size());
    const std::vector<float> scales(spec.scales.begin(), spec.scales.end());
    const auto s = made.Buffer("scales", FloatTensor({channels}, scales));
    const auto z =
        made.Buffer("zeros", Tensor::Of(ir::ScalarType::kInt64, {channels},
                                        std::vector<std::int64_t>(spec.scales.size(), 0)));
    return made.Node("w", "quantized_decomposed.dequantize_per_channel.default",
                     {{"input", weight},
                      {"scales", s},
                      {"zero_points", z},
                      {"axis", std::int64_t{0}},
                      {"quant_min", low},
                      {"quant_max", high},
                      {"dtype", spec.weight.dtype}},
                     FloatType(spec.weight.sizes));
  }

  const ir::Program& program() const { return made.program(); }

  SmallProgram made;
  ir::ValueId codes, x, w, product, real, result;
};

}  // namespace foldproof::exec
