// SPDX-License-Identifier: BSD-3-Clause
#include "src/pt2/schema_codes.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "src/base/checked.h"
#include "src/base/error.h"
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

ir::Dim DimOf(Json size) {
  const Tagged tagged = AsUnion(size, "sizes");
  if (tagged.kind == "as_int") {
    const std::int64_t number = AsInteger(tagged.value, "as_int");
    if (number < 0) FailField("sizes", "has the negative size " + std::to_string(number));
    return {number, {}};
  }
  if (tagged.kind != "as_expr")
    FailField("sizes", "holds the unknown kind '" + std::string(tagged.kind) + "'");
  ir::Dim dim{-1, std::string(TextField(tagged.value, "expr_str"))};
  if (dim.symbol.empty()) FailField("expr_str", "is empty");
  if (const auto hint = OptionalField(tagged.value, "hint")) {
    const Tagged value = AsUnion(*hint, "hint");
    if (value.kind == "as_int") dim.hint = AsInteger(value.value, "hint");
    if (dim.hint < -1) FailField("hint", "is negative");
  }
  return dim;
}

// What a stride becomes one dimension further out. A dimension of no elements counts as one.
ir::Dim Product(const ir::Dim& size, const ir::Dim& stride) {
  const auto traced = [](const ir::Dim& dim) { return dim.is_static() ? dim.size : dim.hint; };
  const auto number = CheckedMultiply(std::max<std::int64_t>(traced(size), 1), traced(stride));
  const bool known = traced(size) >= 0 && traced(stride) >= 0 && number;
  const std::int64_t product = known ? *number : -1;
  if (size.is_static() && stride.is_static()) return {product, {}};
  ir::Dim out{-1, {}, product};
  const auto text = [](const ir::Dim& dim) {
    return dim.is_static() ? std::to_string(dim.size) : "(" + dim.symbol + ")";
  };
  out.symbol =
      !stride.is_static() || stride.size != 1 ? text(size) + "*" + text(stride) : size.symbol;
  return out;
}

void WriteInt(std::int64_t number, JsonText& out) {
  out.BeginObject().Key("as_int").Integer(number).EndObject();
}

template <typename WriteStrides>
void WriteMeta(const ir::TensorType& type, const TensorLayout& layout, WriteStrides&& write_strides,
               JsonText& out) {
  out.BeginObject().Key("device");
  if (layout.device) {
    out.Copy(*layout.device);
  } else {
    out.BeginObject().Key("index").Null().Key("type").String("cpu").EndObject();
  }
  out.Key("dtype").Integer(CodeOf(type.dtype)).Key("layout").Integer(kStrided);
  out.Key("requires_grad").Truth(layout.requires_grad);
  out.Key("sizes").BeginList();
  for (const ir::Dim& dim : type.dims) WriteSymInt(dim, out);
  out.EndList().Key("storage_offset");
  WriteInt(layout.offset, out);
  out.Key("strides");
  write_strides();
  out.EndObject();
}

}  // namespace

ScalarType ScalarTypeOf(Json code, std::string_view what) {
  const std::int64_t number = AsInteger(code, what);
  for (const ScalarTypeCode& known : kScalarTypes) {
    if (known.code == number) return known.type;
  }
  for (const UnreadType& unread : kUnreadTypes) {
    if (unread.code == number) {
      FailField(what, std::string("is ") + unread.name + ", which is not read",
                "keep tensors of that type out of the program");
    }
  }
  FailField(what, "holds the unknown element type " + std::to_string(number));
}

ir::TensorType TensorTypeOf(Json meta) {
  ir::TensorType type{ScalarTypeOf(Field(meta, "dtype"), "dtype"), {}};
  const JsonList sizes = AsList(Field(meta, "sizes"), "sizes");
  if (sizes.size() > kMostRank) {
    FailField("sizes", "has " + std::to_string(sizes.size()) + " dimensions, at most " +
                           std::to_string(kMostRank) + " are read");
  }
  for (const Json size : sizes) type.dims.push_back(DimOf(size));
  if (type.is_static() && !type.element_count()) {
    FailField("sizes", "multiply to more than 2^48 elements");
  }
  if (const auto layout = OptionalField(meta, "layout")) {
    if (AsInteger(*layout, "layout") != kStrided) {
      FailField("layout", "is not strided; sparse tensors are not read");
    }
  }
  return type;
}

std::int64_t CodeOf(ScalarType type) {
  for (const ScalarTypeCode& known : kScalarTypes) {
    if (known.type == type) return known.code;
  }
  FP_CHECK(!"a scalar type");
  return 0;
}

void WriteSymInt(const ir::Dim& dim, JsonText& out) {
  if (dim.is_static()) return WriteInt(dim.size, out);
  out.BeginObject().Key("as_expr").BeginObject();
  out.Key("expr_str").String(dim.symbol).Key("hint");
  if (dim.hint >= 0) {
    WriteInt(dim.hint, out);
  } else {
    out.Null();
  }
  out.EndObject().EndObject();
}

void WriteTensorMeta(const ir::TensorType& type, JsonText& out) {
  std::vector<ir::Dim> strides(type.rank());
  ir::Dim stride{1, {}};
  for (std::size_t i = type.rank(); i-- > 0;) {
    strides[i] = stride;
    stride = Product(type.dims[i], stride);
  }
  const auto write_strides = [&] {
    out.BeginList();
    for (const ir::Dim& dim : strides) WriteSymInt(dim, out);
    out.EndList();
  };
  WriteMeta(type, {}, write_strides, out);
}

void WriteTensorMeta(const ir::TensorType& type, const TensorLayout& layout, JsonText& out) {
  WriteMeta(
      type, layout, [&] { WriteStrides(layout.strides, out); }, out);
}

void WriteStrides(std::span<const std::int64_t> strides, JsonText& out) {
  out.BeginList();
  for (const std::int64_t stride : strides) WriteInt(stride, out);
  out.EndList();
}

}  // namespace foldproof::pt2
