// SPDX-License-Identifier: BSD-3-Clause
//
// The quantized operators that ExecuTorch's QuantFusionPass puts for dequantize - operator -
// quantize (docs/numerics.md, eq. 9 to 14). No libtorch has them: they are computed here, for every
// executor alike, as their Python references of ExecuTorch 1.5.1 define them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/exec/quantized/node_arguments.h"
#include "harness/exec/tensor.h"
#include "src/ir/graph.h"

namespace foldproof::exec {

// All of these throw Error(kInput) with an empty place where types, shapes or parameters do not fit
// together, or where the result is larger than is run here. Codes are int8, uint8, int16 or, where
// PyTorch takes them, uint16; zero points lie in the range of their codes.

struct ConvParams {
  std::vector<std::int64_t> stride;  // one number, or one each dimension of space
  std::vector<std::int64_t> padding;
  std::vector<std::int64_t> dilation;
  std::int64_t groups = 1;
  std::int64_t input_zero_point = 0;
  std::int64_t weight_zero_point = 0;
  double bias_scale = 1;  // of the bias and of the sum: input scale times weight scale
  double out_scale = 1;
  std::int64_t out_zero_point = 0;
};

// Input [N, C, L] or [N, C, H, W], weight [O, C / groups, ...], bias int32 [O].
Tensor QuantizedConv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                     const ConvParams& params);

// A requantization as the graph has it: multiplier and shift (eq. 11 says what they mean).
struct Multiplier {
  std::int64_t multiplier = 0;
  std::int64_t shift = 0;
};

// The output scale that the references make of it.
double OutScaleOf(const Multiplier& multiplier);

struct ProductParams {
  std::int64_t left_zero_point = 0;
  std::int64_t right_zero_point = 0;
  Multiplier out;
  std::int64_t out_zero_point = 0;
};

// Input [..., K], weight [N, K], bias int32 [N] or [1].
Tensor QuantizedLinear(const Tensor& input, const Tensor& weight, const Tensor& bias,
                       const ProductParams& params);
// Left [..., M, K], right [..., K, N], or [..., N, K] where it is transposed; batches broadcast.
Tensor QuantizedMatmul(const Tensor& left, const Tensor& right, bool right_is_transposed,
                       const ProductParams& params);

struct CodeScale {
  double scale = 1;
  std::int64_t zero_point = 0;
};

// int8 or uint8, both alike; shapes broadcast.
Tensor QuantizedAdd(const Tensor& left, const CodeScale& left_scale, const Tensor& right,
                    const CodeScale& right_scale, const CodeScale& out_scale);
Tensor QuantizedRelu(const Tensor& input, std::int64_t zero_point, const Multiplier& out,
                     std::int64_t out_zero_point);

struct PoolParams {
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> stride;  // empty: as the kernel
  std::vector<std::int64_t> padding;
  std::vector<std::int64_t> dilation;
  bool ceil_mode = false;
};

// Input [N, C, H, W] or [C, H, W].
Tensor QuantizedMaxPool(const Tensor& input, const PoolParams& params);

bool IsFusedOp(std::string_view target);

// What `node`, a target of cadence, computes.
Tensor RunFusedOp(const ir::Node& node, const TensorOfValue& tensor_of);

}  // namespace foldproof::exec
