// SPDX-License-Identifier: BSD-3-Clause
#include "harness/exec/arrays/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/exec/arrays/npy_literal.h"
#include "src/base/refuse.h"

namespace foldproof::exec {
namespace {

using ir::ScalarType;

constexpr std::string_view kMagic = "\x93NUMPY";

constexpr auto kTypes = std::to_array<std::pair<std::string_view, ScalarType>>({
    {"b1", ScalarType::kBool},
    {"i1", ScalarType::kInt8},
    {"i2", ScalarType::kInt16},
    {"i4", ScalarType::kInt32},
    {"i8", ScalarType::kInt64},
    {"u1", ScalarType::kUInt8},
    {"u2", ScalarType::kUInt16},
    {"f2", ScalarType::kFloat16},
    {"f4", ScalarType::kFloat32},
    {"f8", ScalarType::kFloat64},
});

ScalarType TypeOf(std::string_view name) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  Refuse(fmt::format("element type '{}' is not read; convert the array to float32 or int64", name));
}

// "<f4": byte order, kind, bytes.
void ParseDescription(std::string_view text, NpyHeader& header) {
  if (text.size() < 2) Refuse(fmt::format("element type '{}' is not read", text));
  header.dtype = TypeOf(text.substr(1));
  constexpr bool kLittle = std::endian::native == std::endian::little;
  switch (text.front()) {
    case '<': header.swapped = !kLittle; return;
    case '>': header.swapped = kLittle; return;
    case '=':
    case '|': header.swapped = false; return;
  }
  Refuse(fmt::format("byte order '{}' is none of < > = |", text.substr(0, 1)));
}

std::size_t ElementBytes(const NpyHeader& header) {
  constexpr std::size_t kMost = std::size_t{1} << 40;
  std::size_t count = 1;
  bool empty = false;
  for (const std::int64_t size : header.sizes) {
    empty |= size == 0;
    if (size != 0 && count > kMost / static_cast<std::size_t>(size)) {
      Refuse(fmt::format("shape [{}] is larger than any memory", fmt::join(header.sizes, ", ")));
    }
    if (size != 0) count *= static_cast<std::size_t>(size);
  }
  return empty ? 0 : count * ir::ElementSize(header.dtype);
}

// Elements in Fortran order, brought into row-major order: the source index of the element at
// (i_0, ..., i_n) is i_0 + size_0 * (i_1 + size_1 * (...)).
void ToRowMajor(const NpyHeader& header, std::vector<std::byte>& bytes) {
  const std::size_t width = ir::ElementSize(header.dtype);
  const std::size_t rank = header.sizes.size();
  std::vector<std::size_t> stride(rank, 1);
  for (std::size_t d = 1; d < rank; ++d) {
    stride[d] = stride[d - 1] * static_cast<std::size_t>(header.sizes[d - 1]);
  }
  std::vector<std::byte> out(bytes.size());
  std::vector<std::int64_t> index(rank, 0);
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    std::size_t from = 0;
    for (std::size_t d = 0; d < rank; ++d) from += static_cast<std::size_t>(index[d]) * stride[d];
    std::memcpy(&out[at], &bytes[from * width], width);
    for (std::size_t d = rank; d-- > 0;) {
      if (++index[d] < header.sizes[d]) break;
      index[d] = 0;
    }
  }
  bytes = std::move(out);
}

void SwapBytes(std::size_t width, std::vector<std::byte>& bytes) {
  for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + width));
  }
}

// Where the literal stands, from magic, version and length.
std::pair<std::size_t, std::size_t> LiteralRange(std::span<const std::byte> bytes) {
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    Refuse("it is no .npy file; write it with numpy.savez");
  }
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) Refuse(fmt::format(".npy format {} is not known", version));
  if (version > 1 && bytes.size() < 12) Refuse("the .npy header is cut short");
  const std::size_t begin = version == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > kMostNpyHeaderBytes - begin) {
    Refuse(fmt::format("a .npy header of {} bytes is too long", length));
  }
  if (bytes.size() - begin < length) Refuse("the .npy header is cut short");
  return {begin, length};
}

void CheckBools(const Tensor& tensor) {
  if (tensor.dtype != ScalarType::kBool) return;
  const auto is_bool = [](std::byte b) { return std::to_integer<int>(b) <= 1; };
  if (!std::all_of(tensor.bytes.begin(), tensor.bytes.end(), is_bool)) {
    Refuse("a bool array holds a byte that is neither 0 nor 1");
  }
}

}  // namespace

NpyHeader ParseNpyHeader(std::span<const std::byte> bytes) {
  const auto [begin, length] = LiteralRange(bytes);
  const NpyLiteral literal =
      ParseNpyLiteral({reinterpret_cast<const char*>(bytes.data()) + begin, length});
  NpyHeader header;
  ParseDescription(literal.description, header);
  header.fortran_order = literal.fortran_order;
  header.sizes = literal.sizes;
  header.element_bytes = ElementBytes(header);
  header.begin = begin + length;
  return header;
}

Tensor ParseNpy(std::span<const std::byte> bytes) {
  const NpyHeader header = ParseNpyHeader(bytes);
  const auto elements = bytes.subspan(header.begin);
  if (elements.size() != header.element_bytes) {
    Refuse(fmt::format("shape [{}] of {} takes {} bytes, but {} are there",
                       fmt::join(header.sizes, ", "), ir::Name(header.dtype), header.element_bytes,
                       elements.size()));
  }
  Tensor tensor{header.dtype, header.sizes, {elements.begin(), elements.end()}};
  if (header.swapped) SwapBytes(ir::ElementSize(header.dtype), tensor.bytes);
  if (header.fortran_order) ToRowMajor(header, tensor.bytes);
  CheckBools(tensor);
  return tensor;
}

std::vector<std::byte> FormatNpy(const Tensor& tensor) {
  const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const auto& type) { return type.second == tensor.dtype; });
  if (known == kTypes.end()) {
    throw Error(Error::Code::kOutput, "",
                fmt::format("numpy has no element type {}", ir::Name(tensor.dtype)));
  }
  const std::size_t width = ir::ElementSize(tensor.dtype);
  std::string literal = fmt::format(
      "{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}", width == 1 ? '|' : '<',
      known->first, fmt::join(tensor.sizes, ", "), tensor.sizes.size() == 1 ? "," : "");
  // numpy pads with blanks and a line feed to a multiple of 64.
  constexpr std::size_t kBefore = 10;
  literal.append(63 - (kBefore + literal.size()) % 64, ' ').push_back('\n');
  std::string head(kMagic);
  head += {'\x01', '\x00', static_cast<char>(literal.size() & 0xff),
           static_cast<char>(literal.size() >> 8)};
  head += literal;
  std::vector<std::byte> elements = tensor.bytes;
  if (std::endian::native != std::endian::little) SwapBytes(width, elements);
  const auto* text = reinterpret_cast<const std::byte*>(head.data());
  std::vector<std::byte> out(text, text + head.size());
  out.insert(out.end(), elements.begin(), elements.end());
  return out;
}

}  // namespace foldproof::exec
