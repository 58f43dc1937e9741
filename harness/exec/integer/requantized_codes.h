// SPDX-License-Identifier: BSD-3-Clause
//
// What stands behind the accumulators of a convolution in an integer kernel (docs/proof.md, "Kernel
// semantics"): q = clamp(z + R_c(int32(A + q_b[c])), low, high), the sum wrapped to int32.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/exec/quantized/requantize.h"
#include "src/ir/tensor_type.h"

namespace foldproof::exec {

struct KernelChannel {
  std::int32_t bias = 0;  // q_b - z_b
  Requantizer requantizer;
};

struct KernelConstants {
  std::vector<KernelChannel> channels;           // output channel c has c modulo their number
  bool has_bias = false;                         // then there is one an output channel
  ir::ScalarType dtype = ir::ScalarType::kInt8;  // of the codes; low and high are codes of it
  std::int64_t zero_point = 0;
  std::int64_t low = 0;  // the activation's bounds and the quantizer's own
  std::int64_t high = 0;
};

// Sums become codes, channel by channel. Sums are integers of magnitude below 2^53.
template <typename T>
class CodeWriter {
 public:
  explicit CodeWriter(const KernelConstants& constants) : constants_(constants) {}

  template <typename Sum>
  void Write(std::size_t channel, const Sum* sums, std::size_t count, T* out) const {
    const KernelChannel& own = constants_.channels[channel % constants_.channels.size()];
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t sum = static_cast<std::int64_t>(sums[i]) + own.bias;
      const auto wrapped = static_cast<std::int32_t>(static_cast<std::uint64_t>(sum));
      const std::int64_t code = own.requantizer(wrapped) + constants_.zero_point;
      out[i] = static_cast<T>(std::min(std::max(code, constants_.low), constants_.high));
    }
  }

 private:
  const KernelConstants& constants_;
};

}  // namespace foldproof::exec
