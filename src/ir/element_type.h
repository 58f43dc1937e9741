// SPDX-License-Identifier: BSD-3-Clause
//
// From an element type of a program to the C++ type that holds such an element.
#pragma once

#include <cstdint>

#include "src/base/error.h"
#include "src/ir/tensor_type.h"

namespace foldproof::ir {

// Calls visit(T{}) with the C++ type T of the elements of `dtype`, and returns what that returns; a
// bool is a byte. FP_CHECKs that C++ has the type: half types, float8 and complex numbers have
// none.
template <typename Visit>
decltype(auto) WithElementType(ScalarType dtype, Visit&& visit) {
  switch (dtype) {
    case ScalarType::kBool:
    case ScalarType::kUInt8: return visit(std::uint8_t{});
    case ScalarType::kInt8: return visit(std::int8_t{});
    case ScalarType::kInt16: return visit(std::int16_t{});
    case ScalarType::kUInt16: return visit(std::uint16_t{});
    case ScalarType::kInt32: return visit(std::int32_t{});
    case ScalarType::kInt64: return visit(std::int64_t{});
    case ScalarType::kFloat32: return visit(float{});
    case ScalarType::kFloat64: return visit(double{});
    case ScalarType::kFloat16:
    case ScalarType::kComplexHalf:
    case ScalarType::kComplexFloat:
    case ScalarType::kComplexDouble:
    case ScalarType::kBFloat16:
    case ScalarType::kFloat8E4M3FN:
    case ScalarType::kFloat8E5M2:
    case ScalarType::kFloat8E4M3FNUZ:
    case ScalarType::kFloat8E5M2FNUZ: break;
  }
  CheckFailed("a type that C++ has", __FILE__, __LINE__);
}

}  // namespace foldproof::ir
