// SPDX-License-Identifier: BSD-3-Clause
//
// The quantized_decomposed operators on whole tensors (docs/numerics.md, eq. 1 to 4). No libtorch
// has them, they are Python: so they are computed here, for every executor alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/exec/quantized/node_arguments.h"
#include "harness/exec/tensor.h"
#include "src/ir/graph.h"
#include "src/ir/op.h"

namespace foldproof::exec {

// Quantization per channel: one scale and zero point an index of dimension `axis`.
struct ChannelParams {
  Tensor scales;                      // float32 or float64, [channels]
  std::optional<Tensor> zero_points;  // an integer type or float32, [channels]
  std::int64_t axis = 0;              // negative: from the last dimension
  std::int64_t quant_min = 0;
  std::int64_t quant_max = 0;
  ir::ScalarType dtype = ir::ScalarType::kInt8;
};

// The two that quantize take float32, or float16 and bfloat16 widened to it. All four throw
// Error(kInput) with an empty place where types or shapes do not fit together.
Tensor QuantizePerTensor(const Tensor& input, const ir::QuantParams& params);
Tensor DequantizePerTensor(const Tensor& codes, const ir::QuantParams& params);
Tensor QuantizePerChannel(const Tensor& input, const ChannelParams& params);
Tensor DequantizePerChannel(const Tensor& codes, const ChannelParams& params);

bool IsQuantizedDecomposed(std::string_view target);

// The same in float64, from codes to reals: (q - z) * f64(s), the difference as eq. 4 wraps it.
Tensor DequantizePerTensorWide(const Tensor& codes, const ir::QuantParams& params);
Tensor DequantizePerChannelWide(const Tensor& codes, const ChannelParams& params);

// What `node`, a target of quantized_decomposed, computes. `tensor_of` gives its tensor operands,
// and its symbolic integers as tensors of one element. Throws Error(kInput) with an empty place for
// an operator that is none of the four, or an output type other than float32. With `reals` float64
// dequantized tensors are float64.
Tensor RunQuantizedDecomposed(const ir::Node& node, const TensorOfValue& tensor_of,
                              ir::ScalarType reals = ir::ScalarType::kFloat32);

}  // namespace foldproof::exec
