// SPDX-License-Identifier: BSD-3-Clause
//
// From our numbering of element types, layouts and memory formats to c10's and back.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>

namespace foldproof::exec::torch_module {

// c10's element type of ir::ScalarType `code`. Throws Lacking where this libtorch has none.
c10::ScalarType ToC10ScalarType(std::int64_t code);
// ir::ScalarType of c10's `type`. Throws std::runtime_error where we have none (quantized types).
std::int32_t FromC10ScalarType(c10::ScalarType type);
// c10's numbers, as an operator's integer argument carries them.
std::int64_t ToC10Layout(std::int64_t code);
std::int64_t ToC10MemoryFormat(std::int64_t code);

}  // namespace foldproof::exec::torch_module
