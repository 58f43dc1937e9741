// SPDX-License-Identifier: BSD-3-Clause
//
// Constants of a program as vectors of numbers, and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "src/ir/program.h"

namespace foldproof::ir {

// The elements, row-major, of the constant that `value` stands for; nullopt where it stands for
// none, or for one of another type than the function reads.
std::optional<std::vector<float>> FloatsOf(const Program& program, ValueId value);
// float16, bfloat16 and float32, exactly.
std::optional<std::vector<float>> WidenedFloatsOf(const Program& program, ValueId value);
// float32 and float64, exactly.
std::optional<std::vector<double>> RealsOf(const Program& program, ValueId value);
// uint8, int8, int16, uint16, int32, int64.
std::optional<std::vector<std::int64_t>> CodesOf(const Program& program, ValueId value);

// Whether both stand for constants of one type and equal bytes.
bool SameConstant(const Program& program, ValueId a, ValueId b);

template <typename T>
std::span<const std::byte> Bytes(const std::vector<T>& elements) {
  return std::as_bytes(std::span(elements));
}

}  // namespace foldproof::ir
