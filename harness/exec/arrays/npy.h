// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/exec/tensor.h"

namespace foldproof::exec {

// What stands before the elements of a .npy file.
struct NpyHeader {
  ir::ScalarType dtype = ir::ScalarType::kFloat32;
  bool swapped = false;        // the elements are in the other byte order than this machine's
  bool fortran_order = false;  // the first dimension changes fastest
  std::vector<std::int64_t> sizes;
  std::size_t element_bytes = 0;  // what all elements take together
  std::size_t begin = 0;          // where the elements start
};

// Bytes that surely hold the header of any file that is accepted.
inline constexpr std::size_t kMostNpyHeaderBytes = 1 << 16;

// Reads the header at the start of `bytes`, which may end behind it. Formats 1 to 3; element types
// bool, int8 to int64, uint8, uint16, float16 to float64. Throws Error(kInput) with an empty place.
NpyHeader ParseNpyHeader(std::span<const std::byte> bytes);

// The tensor of a whole file. Throws Error(kInput) with an empty place where there are fewer or
// more elements than the header says.
Tensor ParseNpy(std::span<const std::byte> bytes);

// The file numpy.save would write for `tensor`: format 1, little endian, row-major. Throws
// Error(kOutput) for an element type that numpy has not (bfloat16, float8, complex half).
std::vector<std::byte> FormatNpy(const Tensor& tensor);

}  // namespace foldproof::exec
