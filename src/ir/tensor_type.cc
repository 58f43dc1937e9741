// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/tensor_type.h"

#include <limits>

#include "src/base/error.h"

namespace foldproof::ir {

std::size_t ElementSize(ScalarType type) {
  switch (type) {
    case ScalarType::kUInt8:
    case ScalarType::kInt8:
    case ScalarType::kBool:
    case ScalarType::kFloat8E4M3FN:
    case ScalarType::kFloat8E5M2:
    case ScalarType::kFloat8E4M3FNUZ:
    case ScalarType::kFloat8E5M2FNUZ: return 1;
    case ScalarType::kInt16:
    case ScalarType::kUInt16:
    case ScalarType::kFloat16:
    case ScalarType::kBFloat16: return 2;
    case ScalarType::kInt32:
    case ScalarType::kFloat32:
    case ScalarType::kComplexHalf: return 4;
    case ScalarType::kInt64:
    case ScalarType::kFloat64:
    case ScalarType::kComplexFloat: return 8;
    case ScalarType::kComplexDouble: return 16;
  }
  FP_CHECK(!"a scalar type");
  return 0;
}

std::string_view Name(ScalarType type) {
  switch (type) {
    case ScalarType::kUInt8: return "uint8";
    case ScalarType::kInt8: return "int8";
    case ScalarType::kInt16: return "int16";
    case ScalarType::kInt32: return "int32";
    case ScalarType::kInt64: return "int64";
    case ScalarType::kFloat16: return "float16";
    case ScalarType::kFloat32: return "float32";
    case ScalarType::kFloat64: return "float64";
    case ScalarType::kComplexHalf: return "complex32";
    case ScalarType::kComplexFloat: return "complex64";
    case ScalarType::kComplexDouble: return "complex128";
    case ScalarType::kBool: return "bool";
    case ScalarType::kBFloat16: return "bfloat16";
    case ScalarType::kUInt16: return "uint16";
    case ScalarType::kFloat8E4M3FN: return "float8_e4m3fn";
    case ScalarType::kFloat8E5M2: return "float8_e5m2";
    case ScalarType::kFloat8E4M3FNUZ: return "float8_e4m3fnuz";
    case ScalarType::kFloat8E5M2FNUZ: return "float8_e5m2fnuz";
  }
  FP_CHECK(!"a scalar type");
  return {};
}

bool IsInteger(ScalarType type) {
  return type == ScalarType::kUInt8 || type == ScalarType::kInt8 || type == ScalarType::kInt16 ||
         type == ScalarType::kUInt16 || type == ScalarType::kInt32 || type == ScalarType::kInt64;
}

bool IsFloat(ScalarType type) {
  return type == ScalarType::kFloat16 || type == ScalarType::kFloat32 ||
         type == ScalarType::kFloat64 || type == ScalarType::kBFloat16 ||
         type == ScalarType::kFloat8E4M3FN || type == ScalarType::kFloat8E5M2 ||
         type == ScalarType::kFloat8E4M3FNUZ || type == ScalarType::kFloat8E5M2FNUZ;
}

std::int64_t LowestOf(ScalarType type) {
  FP_CHECK(IsInteger(type));
  if (type == ScalarType::kUInt8 || type == ScalarType::kUInt16) return 0;
  if (type == ScalarType::kInt64) return std::numeric_limits<std::int64_t>::min();
  return -(std::int64_t{1} << (8 * ElementSize(type) - 1));
}

std::int64_t HighestOf(ScalarType type) {
  FP_CHECK(IsInteger(type));
  if (type == ScalarType::kUInt8) return 255;
  if (type == ScalarType::kUInt16) return 65535;
  if (type == ScalarType::kInt64) return std::numeric_limits<std::int64_t>::max();
  return (std::int64_t{1} << (8 * ElementSize(type) - 1)) - 1;
}

bool TensorType::is_static() const {
  for (const Dim& dim : dims) {
    if (!dim.is_static()) return false;
  }
  return true;
}

std::vector<std::int64_t> TensorType::sizes() const {
  FP_CHECK(is_static());
  std::vector<std::int64_t> out;
  out.reserve(dims.size());
  for (const Dim& dim : dims) out.push_back(dim.size);
  return out;
}

std::optional<std::int64_t> TensorType::element_count() const {
  std::int64_t count = 1;
  bool zero = false;
  for (const Dim& dim : dims) {
    if (!dim.is_static() || dim.size < 0) return std::nullopt;
    if (dim.size == 0)
      zero = true;
    else if (count > (std::int64_t{1} << 48) / dim.size)
      return std::nullopt;
    else
      count *= dim.size;
  }
  return zero ? 0 : count;
}

std::string TensorType::ToString() const {
  std::string out(Name(dtype));
  out += '[';
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (i > 0) out += ", ";
    out += dims[i].is_static() ? std::to_string(dims[i].size) : Printable(dims[i].symbol);
  }
  return out + ']';
}

TensorType MakeTensorType(ScalarType dtype, const std::vector<std::int64_t>& sizes) {
  TensorType type{dtype, {}};
  type.dims.reserve(sizes.size());
  for (const std::int64_t size : sizes) type.dims.push_back({size, {}});
  return type;
}

}  // namespace foldproof::ir
