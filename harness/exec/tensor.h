// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "src/base/error.h"
#include "src/ir/tensor_type.h"

namespace foldproof::exec {

// A concrete tensor: row-major, without gaps, this machine's byte order.
struct Tensor {
  ir::ScalarType dtype = ir::ScalarType::kFloat32;
  std::vector<std::int64_t> sizes;
  std::vector<std::byte> bytes;

  std::int64_t count() const {
    std::int64_t n = 1;
    for (const std::int64_t size : sizes) n *= size;
    return n;
  }

  // The elements as T, whose width must be that of dtype.
  template <typename T>
  std::vector<T> Elements() const {
    FP_CHECK(sizeof(T) == ir::ElementSize(dtype));
    std::vector<T> out(static_cast<std::size_t>(count()));
    FP_CHECK(out.size() * sizeof(T) == bytes.size());
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }

  template <typename T>
  static Tensor Of(ir::ScalarType dtype, std::vector<std::int64_t> sizes,
                   const std::vector<T>& elements) {
    FP_CHECK(sizeof(T) == ir::ElementSize(dtype));
    Tensor out{dtype, std::move(sizes), {}};
    FP_CHECK(static_cast<std::size_t>(out.count()) == elements.size());
    out.bytes.resize(elements.size() * sizeof(T));
    if (!elements.empty()) std::memcpy(out.bytes.data(), elements.data(), out.bytes.size());
    return out;
  }

  friend bool operator==(const Tensor&, const Tensor&) = default;
};

}  // namespace foldproof::exec
