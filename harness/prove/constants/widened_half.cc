// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/constants/widened_half.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "harness/exec/quantized/half.h"

namespace foldproof::prove {

std::optional<ConstantValue> WidenedHalf(const ir::Program& program, ir::ValueId value) {
  const ir::Constant* stored = program.ConstantOf(value);
  const auto dtype = stored != nullptr ? stored->type.dtype : ir::ScalarType::kFloat32;
  const bool is_float16 = dtype == ir::ScalarType::kFloat16;
  if (!is_float16 && dtype != ir::ScalarType::kBFloat16) return std::nullopt;
  const std::vector<std::byte> bytes = program.BytesOf(*stored);
  std::vector<float> numbers;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    std::uint16_t bits;
    std::memcpy(&bits, bytes.data() + i, sizeof bits);
    numbers.push_back(is_float16 ? exec::FromFloat16(bits) : exec::FromBFloat16(bits));
  }
  return ConstantValue{exec::Tensor::Of(ir::ScalarType::kFloat32, stored->type.sizes(), numbers)};
}

}  // namespace foldproof::prove
