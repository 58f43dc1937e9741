// SPDX-License-Identifier: BSD-3-Clause
#include "harness/prove/sites/number_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace foldproof::prove {

ValueNumber NumberTable::OfNewTensor(std::string_view key) {
  const ValueNumber out = Of(key);
  new_tensors_.insert(out);
  return out;
}

ValueNumber NumberTable::OfFormat(std::string_view key) {
  const ValueNumber out = OfNewTensor(key);
  formats_.insert(out);
  return out;
}

ValueNumber NumberTable::OfPlainTensor() {
  if (!plain_) {
    new_tensors_.insert(plain_.emplace(Unlike()));
    formats_.insert(*plain_);
  }
  return *plain_;
}

ValueNumber NumberTable::Of(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) return found->second;
  by_key_.emplace(key, next_);
  return next_++;
}

bool NumberTable::Content::IsSame(Content& other) {
  if (dtype != other.dtype || sizes != other.sizes || size != other.size) return false;
  if (bytes && other.bytes)
    return size == 0 || std::memcmp(bytes->data(), other.bytes->data(), size) == 0;
  for (Content* each : {this, &other}) {
    if (!each->digest) each->digest = DigestOf({*each->bytes});
  }
  return *digest == *other.digest;
}

ValueNumber NumberTable::OfContent(Content content, std::span<const std::byte> beginning) {
  const std::size_t first = std::min<std::size_t>(beginning.size(), 256);
  const std::size_t hash =
      std::hash<std::string_view>()({reinterpret_cast<const char*>(beginning.data()), first}) ^
      content.size;
  const auto [from, to] = constants_.equal_range(hash);
  for (auto known = from; known != to; ++known) {
    if (known->second.IsSame(content)) return known->second.number;
  }
  content.number = next_;
  constants_.emplace(hash, std::move(content));
  return next_++;
}

ValueNumber NumberTable::OfConstant(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                                    std::span<const std::byte> bytes) {
  return OfContent({dtype, sizes, bytes.size(), bytes, std::nullopt}, bytes);
}

ValueNumber NumberTable::OfPassing(ir::ScalarType dtype, const std::vector<std::int64_t>& sizes,
                                   Pieces pieces) {
  constexpr std::size_t kMany = 4096;
  std::size_t size = 0;
  for (const auto piece : pieces) size += piece.size();
  if (size >= kMany) {
    return OfContent({dtype, sizes, size, std::nullopt, DigestOf(pieces)}, *pieces.begin());
  }
  std::vector<std::byte>& kept = gathered_.emplace_back();
  for (const auto piece : pieces) kept.insert(kept.end(), piece.begin(), piece.end());
  return OfConstant(dtype, sizes, kept);
}

}  // namespace foldproof::prove
