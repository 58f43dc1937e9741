// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/schema_codes.h"

#include <nlohmann/json.hpp>
#include <string>

#include "src/pt2/limits.h"

namespace foldproof::pt2 {
namespace {

using ir::ScalarType;

struct ScalarTypeCode {
  std::int64_t code;
  ScalarType type;
};

constexpr ScalarTypeCode kScalarTypes[] = {
    {1, ScalarType::kUInt8},           {2, ScalarType::kInt8},
    {3, ScalarType::kInt16},           {4, ScalarType::kInt32},
    {5, ScalarType::kInt64},           {6, ScalarType::kFloat16},
    {7, ScalarType::kFloat32},         {8, ScalarType::kFloat64},
    {9, ScalarType::kComplexHalf},     {10, ScalarType::kComplexFloat},
    {11, ScalarType::kComplexDouble},  {12, ScalarType::kBool},
    {13, ScalarType::kBFloat16},       {28, ScalarType::kUInt16},
    {29, ScalarType::kFloat8E4M3FN},   {30, ScalarType::kFloat8E5M2},
    {31, ScalarType::kFloat8E4M3FNUZ}, {32, ScalarType::kFloat8E5M2FNUZ},
};

// In the schema, and read nowhere: no quantized program of today carries them.
struct UnreadType {
  std::int64_t code;
  const char* name;
};
constexpr UnreadType kUnreadTypes[] = {{33, "float8_e8m0fnu"}, {34, "uint32"}, {35, "uint64"}};

constexpr std::int64_t kStrided = 7;

ir::Dim DimOf(const Json& size) {
  const Tagged tagged = AsUnion(size, "sizes");
  if (tagged.kind == "as_int") {
    const std::int64_t number = AsInteger(tagged.value, "as_int");
    if (number < 0) FailField("sizes", "has the negative size " + std::to_string(number));
    return {number, {}};
  }
  if (tagged.kind != "as_expr") FailField("sizes", "holds the unknown kind '" + tagged.kind + "'");
  ir::Dim dim{-1, TextField(tagged.value, "expr_str")};
  if (dim.symbol.empty()) FailField("expr_str", "is empty");
  if (const Json* hint = OptionalField(tagged.value, "hint")) {
    const Tagged value = AsUnion(*hint, "hint");
    if (value.kind == "as_int") dim.size = AsInteger(value.value, "hint");
    if (dim.size < -1) FailField("hint", "is negative");
  }
  return dim;
}

}  // namespace

ScalarType ScalarTypeOf(const Json& code, std::string_view what) {
  const std::int64_t number = AsInteger(code, what);
  for (const ScalarTypeCode& known : kScalarTypes) {
    if (known.code == number) return known.type;
  }
  for (const UnreadType& unread : kUnreadTypes) {
    if (unread.code == number) {
      FailField(what, std::string("is ") + unread.name +
                          ", which is not read; keep tensors of that type out of the program");
    }
  }
  FailField(what, "holds the unknown element type " + std::to_string(number));
}

ir::TensorType TensorTypeOf(const Json& meta) {
  ir::TensorType type{ScalarTypeOf(Field(meta, "dtype"), "dtype"), {}};
  const Json& sizes = AsList(Field(meta, "sizes"), "sizes");
  if (sizes.size() > kMostRank) {
    FailField("sizes", "has " + std::to_string(sizes.size()) + " dimensions, at most " +
                           std::to_string(kMostRank) + " are read");
  }
  for (const Json& size : sizes) type.dims.push_back(DimOf(size));
  if (type.is_static() && !type.element_count()) {
    FailField("sizes", "multiply to more than 2^48 elements");
  }
  if (const Json* layout = OptionalField(meta, "layout")) {
    if (AsInteger(*layout, "layout") != kStrided) {
      FailField("layout", "is not strided; sparse tensors are not read");
    }
  }
  return type;
}

}  // namespace foldproof::pt2
