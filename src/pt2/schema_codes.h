// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of torch._export.serde.schema, which are not c10's, and what they stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "src/ir/tensor_type.h"
#include "src/pt2/json_fields.h"
#include "src/pt2/json_text.h"

namespace foldproof::pt2 {

ir::ScalarType ScalarTypeOf(Json code, std::string_view what);
// A TensorMeta: element type and sizes. Only strided tensors are read.
ir::TensorType TensorTypeOf(Json meta);

std::int64_t CodeOf(ir::ScalarType type);
// A dimension as a SymInt of the schema.
void WriteSymInt(const ir::Dim& dim, JsonText& out);
// The TensorMeta of a contiguous tensor on the CPU; where sizes are symbolic, so are its strides.
void WriteTensorMeta(const ir::TensorType& type, JsonText& out);

// How a tensor lies in its storage.
struct TensorLayout {
  std::span<const std::int64_t> strides{};
  std::int64_t offset = 0;
  bool requires_grad = false;
  std::optional<Json> device{};  // what the archive said; else the CPU
};
void WriteTensorMeta(const ir::TensorType& type, const TensorLayout& layout, JsonText& out);
void WriteStrides(std::span<const std::int64_t> strides, JsonText& out);

}  // namespace foldproof::pt2
