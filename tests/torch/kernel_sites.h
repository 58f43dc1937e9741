// SPDX-License-Identifier: BSD-3-Clause
//
// The codes that one quantized site makes, by formulas on the exact sum: `integer` semantics
// (docs/numerics.md, eq. 7 and 1) and the requantization of integer kernels (requantize.h).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/exec/executor.h"
#include "harness/exec/plan/quantized_site.h"
#include "harness/exec/quantized/code_vector.h"
#include "harness/exec/quantized/quantize.h"
#include "harness/exec/quantized/requantize.h"

namespace foldproof::exec {

// A site's operands as numbers. A linear is a conv of one position; a conv1d one of height 1.
struct SiteNumbers {
  std::vector<std::int64_t> input, weight;  // code - zero point
  std::vector<double> weight_scales;        // f32, one an output channel
  std::vector<double> bias;                 // one an output channel; 0 where there is none
  std::int64_t batch = 1, channels = 1, height = 1, width = 1;
  std::int64_t outputs = 1, kernel_height = 1, kernel_width = 1;
  std::vector<std::int64_t> stride{1, 1}, padding{0, 0}, dilation{1, 1};
  std::int64_t groups = 1;
  double input_scale = 1;  // f32
  bool relu = false;
  ir::QuantParams output;

  std::int64_t OutputSize(int d) const {
    const std::int64_t size = d == 0 ? height : width;
    const std::int64_t kernel = d == 0 ? kernel_height : kernel_width;
    return (size + 2 * padding[d] - dilation[d] * (kernel - 1) - 1) / stride[d] + 1;
  }
};

// A of output (n, o, y, x), an exact sum.
inline std::int64_t AccumulatorOf(const SiteNumbers& site, std::int64_t n, std::int64_t o,
                                  std::int64_t y, std::int64_t x) {
  const std::int64_t depth = site.channels / site.groups;
  const std::int64_t first = o / (site.outputs / site.groups) * depth;
  std::int64_t sum = 0;
  for (std::int64_t c = 0; c < depth; ++c) {
    for (std::int64_t i = 0; i < site.kernel_height; ++i) {
      for (std::int64_t j = 0; j < site.kernel_width; ++j) {
        const std::int64_t row = y * site.stride[0] - site.padding[0] + i * site.dilation[0];
        const std::int64_t column = x * site.stride[1] - site.padding[1] + j * site.dilation[1];
        if (row < 0 || row >= site.height || column < 0 || column >= site.width) continue;
        const std::int64_t at =
            ((n * site.channels + first + c) * site.height + row) * site.width + column;
        const std::int64_t tap = ((o * depth + c) * site.kernel_height + i) * site.kernel_width + j;
        sum +=
            site.input[static_cast<std::size_t>(at)] * site.weight[static_cast<std::size_t>(tap)];
      }
    }
  }
  return sum;
}

// q = quantize(relu(v)), v = f32(f64(f64(A * f32(s_x)) * f32(s_w)) + b).
inline std::int64_t IntegerCode(const SiteNumbers& site, std::int64_t o, std::int64_t sum) {
  const auto channel = static_cast<std::size_t>(o);
  const double product = static_cast<double>(sum) * site.input_scale * site.weight_scales[channel];
  float v = static_cast<float>(product + site.bias[channel]);
  if (site.relu && v < 0) v = 0;
  const QuantizeConstants q = MakeQuantizeConstants(site.output.scale, site.output.zero_point,
                                                    site.output.quant_min, site.output.quant_max);
  return Quantize(v, q, false);
}

// q = clamp(z + requantize(A + rint(b / (s_x * s_w)))), the sum wrapped to int32; relu by the lower
// bound z.
inline std::int64_t KernelCode(const SiteNumbers& site, Kernel kernel, std::int64_t o,
                               std::int64_t sum) {
  const auto channel = static_cast<std::size_t>(o);
  const double scale = site.input_scale * site.weight_scales[channel];
  const std::int64_t total =
      sum + static_cast<std::int64_t>(std::nearbyint(site.bias[channel] / scale));
  const auto requantize = Requantizer::Make(
      kernel, RealMultiplier(site.input_scale, site.weight_scales[channel], site.output.scale));
  FP_CHECK(requantize.has_value());
  const std::int64_t code =
      site.output.zero_point + (*requantize)(static_cast<std::int32_t>(total));
  const std::int64_t low =
      site.relu ? std::max(site.output.quant_min, site.output.zero_point) : site.output.quant_min;
  return std::clamp(code, low, site.output.quant_max);
}

// The code that libtorch's engine makes (docs/numerics.md, eq. 20 to 22), every operation in
// float32; x86 is one of the other two by shape: onednn here.
inline std::int64_t EngineCode(const SiteNumbers& site, std::string_view engine, std::int64_t o,
                               std::int64_t sum) {
  const auto channel = static_cast<std::size_t>(o);
  const auto scale =
      static_cast<float>(site.weight_scales[channel]) * static_cast<float>(site.input_scale);
  const float out_scale = static_cast<float>(site.output.scale);
  const float multiplier = scale / out_scale;
  const auto bias = static_cast<float>(site.bias[channel]);
  const auto zero_point = static_cast<float>(site.output.zero_point);
  float code = 0;
  if (engine == "qnnpack") {
    const std::int64_t added = ToInt32(std::nearbyint(bias / scale));
    const auto total = static_cast<std::int32_t>(sum + added);
    code = std::nearbyint(static_cast<float>(total) * multiplier) + zero_point;
  } else if (engine == "fbgemm") {
    code = std::nearbyint((static_cast<float>(sum) + bias / scale) * multiplier) + zero_point;
  } else {
    // From int8 to uint8 the zero point is raised, which moves no tie.
    code = std::nearbyint((static_cast<float>(sum) * scale + bias) / out_scale + zero_point);
  }
  const auto low = static_cast<float>(
      site.relu ? std::max(site.output.quant_min, site.output.zero_point) : site.output.quant_min);
  const auto high = static_cast<float>(site.output.quant_max);
  return static_cast<std::int64_t>(code > low ? std::min(code, high) : low);  // NaN: low
}

}  // namespace foldproof::exec
