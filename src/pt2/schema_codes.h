// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of torch._export.serde.schema, which are not c10's, and what they stand for.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "src/ir/tensor_type.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

ir::ScalarType ScalarTypeOf(const Json& code, std::string_view what);
// A TensorMeta: element type and sizes. Only strided tensors are read.
ir::TensorType TensorTypeOf(const Json& meta);

std::int64_t CodeOf(ir::ScalarType type);
// A dimension as a SymInt of the schema.
Json SymIntOf(const ir::Dim& dim);
// A TensorMeta of a tensor on the CPU. Without strides the tensor is contiguous; where sizes are
// symbolic, so are its strides.
Json TensorMetaOf(const ir::TensorType& type, bool requires_grad);
Json TensorMetaOf(const ir::TensorType& type, const std::vector<std::int64_t>& strides,
                  std::int64_t offset, bool requires_grad);

}  // namespace foldproof::pt2
