// SPDX-License-Identifier: BSD-3-Clause
#include "src/ir/constant.h"

#include <cstring>

#include "src/base/error.h"

namespace foldproof::ir {
namespace {

bool IsContiguous(const Constant& constant, const std::vector<std::int64_t>& sizes) {
  std::int64_t expected = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    if (sizes[i] != 1 && constant.strides[i] != expected) return false;
    expected *= sizes[i];
  }
  return true;
}

}  // namespace

std::optional<std::span<const std::byte>> ContiguousView(const Constant& constant,
                                                         const Storage& storage) {
  const std::vector<std::int64_t> sizes = constant.type.sizes();
  const auto count = constant.type.element_count();
  FP_CHECK(count.has_value() && constant.strides.size() == sizes.size());
  if (*count == 0) return std::span<const std::byte>{};
  if (!IsContiguous(constant, sizes)) return std::nullopt;
  const std::size_t width = ElementSize(constant.type.dtype);
  const std::size_t from = static_cast<std::size_t>(constant.offset) * width;
  const std::size_t bytes = static_cast<std::size_t>(*count) * width;
  FP_CHECK(from <= storage.size() && bytes <= storage.size() - from);
  return std::span(storage).subspan(from, bytes);
}

std::vector<std::byte> ContiguousBytes(const Constant& constant, const Storage& storage) {
  const std::vector<std::int64_t> sizes = constant.type.sizes();
  FP_CHECK(constant.strides.size() == sizes.size());
  const std::size_t width = ElementSize(constant.type.dtype);
  const auto count = constant.type.element_count();
  FP_CHECK(count.has_value());
  std::vector<std::byte> out(static_cast<std::size_t>(*count) * width);
  if (out.empty()) return out;
  const auto copy = [&](std::size_t to, std::int64_t element, std::size_t bytes) {
    const std::size_t from = static_cast<std::size_t>(element) * width;
    FP_CHECK(from + bytes <= storage.size());
    std::memcpy(out.data() + to, storage.data() + from, bytes);
  };
  if (IsContiguous(constant, sizes)) {
    copy(0, constant.offset, out.size());
    return out;
  }
  std::vector<std::int64_t> index(sizes.size(), 0);
  std::int64_t element = constant.offset;
  for (std::size_t to = 0; to < out.size(); to += width) {
    copy(to, element, width);
    for (std::size_t i = sizes.size(); i-- > 0;) {
      if (sizes[i] == 1) continue;  // its stride may be anything
      element += constant.strides[i];
      if (++index[i] < sizes[i]) break;
      element -= constant.strides[i] * sizes[i];
      index[i] = 0;
    }
  }
  return out;
}

}  // namespace foldproof::ir
