// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foldproof::ir {

// The element types of a torch.export archive. Our own numbering: neither the archive's nor c10's.
enum class ScalarType : std::uint8_t {
  kUInt8,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat16,
  kFloat32,
  kFloat64,
  kComplexHalf,
  kComplexFloat,
  kComplexDouble,
  kBool,
  kBFloat16,
  kUInt16,
  kFloat8E4M3FN,
  kFloat8E5M2,
  kFloat8E4M3FNUZ,
  kFloat8E5M2FNUZ,
};

// Bytes an element takes.
std::size_t ElementSize(ScalarType type);
// PyTorch's name for it, without "torch.": "int8", "float32".
std::string_view Name(ScalarType type);
bool IsInteger(ScalarType type);  // uint8, int8, int16, uint16, int32, int64; not bool
bool IsFloat(ScalarType type);    // any real floating-point type
// The range of an integer type; FP_CHECKs that it is one.
std::int64_t LowestOf(ScalarType type);
std::int64_t HighestOf(ScalarType type);

// A dimension: a number, or a symbol (torch.export's dynamic shapes) whose value is not known.
struct Dim {
  std::int64_t size = 0;   // >= 0; -1 where symbolic: nobody can take a sample for the size
  std::string symbol;      // empty where the dimension is a plain number
  std::int64_t hint = -1;  // of a symbolic one: its size in the traced run, -1 where there was none

  bool is_static() const { return symbol.empty(); }
  // Of a symbolic one the name counts: two runs may have been traced at other sizes.
  friend bool operator==(const Dim& a, const Dim& b) {
    return a.size == b.size && a.symbol == b.symbol;
  }
};

// Shape and element type of a tensor. Strides are a matter of constants alone: a program's meaning
// does not depend on those of its intermediate values.
struct TensorType {
  ScalarType dtype = ScalarType::kFloat32;
  std::vector<Dim> dims;

  std::size_t rank() const { return dims.size(); }
  bool is_static() const;
  // The sizes; FP_CHECKs that all are static.
  std::vector<std::int64_t> sizes() const;
  // Product of the sizes, nullopt where one is symbolic or the product is above 2^48.
  std::optional<std::int64_t> element_count() const;
  std::string ToString() const;  // "int8[8, 3, 3, 3]"
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

TensorType MakeTensorType(ScalarType dtype, const std::vector<std::int64_t>& sizes);

}  // namespace foldproof::ir
