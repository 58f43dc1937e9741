// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/constant_vector.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "src/ir/element_type.h"

namespace foldproof::ir {
namespace {

template <typename Stored, typename Number>
std::vector<Number> Elements(const std::vector<std::byte>& bytes) {
  std::vector<Number> out(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = static_cast<Number>(stored);
  }
  return out;
}

float FromBrainFloat(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// 1 sign, 5 exponent and 10 mantissa bits; subnormal numbers are multiples of 2^-24.
float FromBinary16(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  float magnitude = std::ldexp(static_cast<float>(exponent == 0 ? mantissa : mantissa + 1024),
                               std::max(exponent, 1) - 25);
  if (exponent == 31) {
    magnitude = mantissa == 0 ? std::numeric_limits<float>::infinity()
                              : std::numeric_limits<float>::quiet_NaN();
  }
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace

std::optional<std::vector<float>> FloatsOf(const Program& program, ValueId value) {
  const Constant* constant = program.ConstantOf(value);
  if (constant == nullptr || constant->type.dtype != ScalarType::kFloat32) return std::nullopt;
  return Elements<float, float>(program.BytesOf(*constant));
}

std::optional<std::vector<float>> WidenedFloatsOf(const Program& program, ValueId value) {
  const Constant* constant = program.ConstantOf(value);
  if (constant == nullptr) return std::nullopt;
  const bool brain = constant->type.dtype == ScalarType::kBFloat16;
  if (!brain && constant->type.dtype != ScalarType::kFloat16) return FloatsOf(program, value);
  std::vector<float> out;
  for (const std::uint16_t bits :
       Elements<std::uint16_t, std::uint16_t>(program.BytesOf(*constant))) {
    out.push_back(brain ? FromBrainFloat(bits) : FromBinary16(bits));
  }
  return out;
}

std::optional<std::vector<double>> RealsOf(const Program& program, ValueId value) {
  const Constant* constant = program.ConstantOf(value);
  if (constant == nullptr) return std::nullopt;
  const std::vector<std::byte> bytes = program.BytesOf(*constant);
  if (constant->type.dtype == ScalarType::kFloat32) return Elements<float, double>(bytes);
  if (constant->type.dtype == ScalarType::kFloat64) return Elements<double, double>(bytes);
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> CodesOf(const Program& program, ValueId value) {
  const Constant* constant = program.ConstantOf(value);
  if (constant == nullptr || !IsInteger(constant->type.dtype)) return std::nullopt;
  const std::vector<std::byte> bytes = program.BytesOf(*constant);
  return WithElementType(constant->type.dtype, [&bytes](auto element) {
    return Elements<decltype(element), std::int64_t>(bytes);
  });
}

bool SameConstant(const Program& program, ValueId a, ValueId b) {
  const Constant* x = program.ConstantOf(a);
  const Constant* y = program.ConstantOf(b);
  if (x == nullptr || y == nullptr) return false;
  return x == y || (x->type == y->type && program.BytesOf(*x) == program.BytesOf(*y));
}

}  // namespace foldproof::ir
