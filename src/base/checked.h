// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

namespace foldproof {

// a + b and a * b in int64, nullopt where the result does not fit.
inline std::optional<std::int64_t> CheckedAdd(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

inline std::optional<std::int64_t> CheckedMultiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

inline bool FitsInt32(std::int64_t x) {
  return x >= std::numeric_limits<std::int32_t>::min() &&
         x <= std::numeric_limits<std::int32_t>::max();
}

}  // namespace foldproof
