// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/constant_vector.h"

#include <cstring>

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

}  // namespace

std::optional<std::vector<float>> FloatsOf(const Program& program, ValueId value) {
  const Constant* constant = program.ConstantOf(value);
  if (constant == nullptr || constant->type.dtype != ScalarType::kFloat32) return std::nullopt;
  return Elements<float, float>(program.BytesOf(*constant));
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
