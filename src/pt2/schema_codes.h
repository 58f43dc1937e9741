// SPDX-License-Identifier: BSD-3-Clause
//
// The numbers of torch._export.serde.schema, which are not c10's, and what they stand for.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/ir/tensor_type.h"
#include "src/pt2/json_fields.h"

namespace foldproof::pt2 {

ir::ScalarType ScalarTypeOf(const Json& code, std::string_view what);
// A TensorMeta: element type and sizes. Only strided tensors are read.
ir::TensorType TensorTypeOf(const Json& meta);

}  // namespace foldproof::pt2
