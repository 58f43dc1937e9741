// SPDX-License-Identifier: BSD-3-Clause
//
// Convolutions and linear layers in `integer` semantics (docs/numerics.md, eq. 7): with dequantized
// input and weight, A = sum (x_q - z_x) * (w_q - z_w) as an exact integer and v = f32(f64(f64(A *
// f32(s_x)) * f32(s_w[c])) + b), b in float64. With floats, the products exact and summed in
// float64, b added, one rounding to float32: within the summation bound of libtorch's (eq. 8).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/exec/integer/coded_tensor.h"
#include "harness/exec/integer/conv_geometry.h"
#include "harness/exec/integer/requantized_codes.h"

namespace foldproof::exec {

// A convolution, or a linear layer as one of no space, that keeps its weight ready from run to run.
class ConvKernel {
 public:
  explicit ConvKernel(const ir::Convolution& op);
  ~ConvKernel();
  ConvKernel(ConvKernel&&) noexcept;

  // float32. Throws Error(kInput) with an empty place where the operands do not fit together.
  CodedTensor Run(const CodedTensor& input, const CodedTensor& weight, const CodedTensor* bias);
  // The codes that an integer kernel makes of the accumulators; int8, uint8 or int16. Throws
  // Error(kInput) with an empty place where the operands are no codes or do not fit together.
  CodedTensor RunKernel(const CodedTensor& input, const CodedTensor& weight,
                        const KernelConstants& constants);

 private:
  struct Ready;  // weight and bias of the run before

  void MakeReady(const CodedTensor& input, const CodedTensor& weight, const CodedTensor* bias);
  static void SumWeights(Ready& ready);
  CodedTensor RunCodes(const CodedTensor& input);
  std::int64_t LargestSum(const CodedTensor& input) const;
  template <typename Writer, typename Out>
  void RunSums(const CodedTensor& input, const Writer& writer, Out* out) const;
  CodedTensor RunFloats(const CodedTensor& input);

  ir::Convolution op_;
  std::unique_ptr<Ready> ready_;
};

// y = x * weight^T + bias over the last dimension.
class LinearKernel {
 public:
  CodedTensor Run(const CodedTensor& input, const CodedTensor& weight, const CodedTensor* bias);
  // As ConvKernel's.
  CodedTensor RunKernel(const CodedTensor& input, const CodedTensor& weight,
                        const KernelConstants& constants);

 private:
  template <typename Work>
  CodedTensor OverRows(const CodedTensor& input, const CodedTensor& weight, Work&& work);

  std::optional<ConvKernel> conv_;
};

}  // namespace foldproof::exec
