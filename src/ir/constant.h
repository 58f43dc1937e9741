// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/ir/tensor_type.h"

namespace foldproof::ir {

// Bytes that one or several constants look at, in this machine's byte order.
using Storage = std::vector<std::byte>;

// A tensor that the program carries. `strides` and `offset` are in elements, into `storage`; the
// reader has checked that every element lies inside it. Its shape is always static.
struct Constant {
  enum class Kind { kParameter, kBuffer, kTensorConstant };

  std::string name;  // qualified: "conv.weight"
  Kind kind = Kind::kParameter;
  bool persistent = true;  // of a buffer
  TensorType type;
  std::vector<std::int64_t> strides;
  std::int64_t offset = 0;
  std::uint32_t storage = 0;  // index into Program::storages
};

// The elements of `constant` where they lie row-major and without gaps already; empty for no
// elements. nullopt: they do not lie so.
std::optional<std::span<const std::byte>> ContiguousView(const Constant& constant,
                                                         const Storage& storage);

// The elements of `constant`, row-major and without gaps, as raw bytes.
std::vector<std::byte> ContiguousBytes(const Constant& constant, const Storage& storage);

}  // namespace foldproof::ir
